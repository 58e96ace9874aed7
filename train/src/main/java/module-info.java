/** A training loop around a network: metrics, early stopping, checkpoints, history. */
module ondol.train {
    requires com.google.gson;
    requires java.desktop;
    requires me.tongfei.progressbar;
    requires xchart;
    requires ondol.io;
    requires transitive ondol.core;
    requires transitive ondol.data;
    requires static transitive org.jspecify;

    exports ondol.train;

    opens ondol.train to
            com.google.gson;
}
