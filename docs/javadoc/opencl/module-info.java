/** The OpenCL backend. Its jar is an automatic module of this name, because JOCL is no module. */
module ondol.backend.opencl {
    requires transitive ondol.core;
    requires static org.jspecify;
    requires jocl;

    exports ondol.backend.opencl;
}
