/** Ondol on the processor: the tensors, and the backend that computes them in pure Java. */
module ondol {
    requires transitive ondol.core;
    requires ondol.backend.cpu;
}
