package ondol.backend.cpu;

/** A loop of the Vector API, written at run time for one expression. A run on no elements costs next to nothing. */
interface WrittenStep extends Step {
    /** How many operations there are on each vector. */
    int primitives();
}
