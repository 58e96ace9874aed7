/** The CUDA backend. Its jar is an automatic module of this name, because JCuda is no module. */
module ondol.backend.cuda {
    requires transitive ondol.core;
    requires static org.jspecify;
    requires jcuda;
    requires jcublas;

    exports ondol.backend.cuda;
}
