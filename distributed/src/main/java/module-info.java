/** Training on several workers: process groups over sockets, and data-parallel training whose bits do not depend on their number. */
module ondol.distributed {
    requires transitive ondol.core;
    requires static org.jspecify;

    exports ondol.distributed;
}
