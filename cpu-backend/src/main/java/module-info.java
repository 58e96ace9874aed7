/** Ondol on the processor, in pure Java. */
module ondol.backend.cpu {
    requires transitive ondol.core;
    requires static jdk.incubator.vector;
    requires static org.jspecify;

    exports ondol.backend.cpu;

    provides ondol.backend.BackendProvider with
            ondol.backend.cpu.CpuBackendProvider;
}
