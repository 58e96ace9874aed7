/** Ondol's tensors, autograd, nn and optimizers, and what a backend has to be. */
module ondol.core {
    requires static jdk.jfr; // without it nothing is recorded
    requires static org.jspecify;

    exports ondol;
    exports ondol.autograd;
    exports ondol.backend;
    exports ondol.backend.c;
    exports ondol.kernel;
    exports ondol.nn;
    exports ondol.op;
    exports ondol.optim;
    exports ondol.optim.scheduler;
    exports ondol.optim.swa;

    uses ondol.backend.BackendProvider;
}
