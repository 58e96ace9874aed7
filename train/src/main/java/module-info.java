/** A training loop around a network: metrics, early stopping, checkpoints, history; and figures of tensors. */
module ondol.train {
    requires com.google.gson;
    requires me.tongfei.progressbar;
    requires xchart;
    requires ondol.io;
    requires transitive java.desktop; // pictures and colours in ondol.plot
    requires transitive ondol.core;
    requires transitive ondol.data;
    requires transitive ondol.distributed;
    requires static org.jspecify;

    exports ondol.plot;
    exports ondol.train;

    opens ondol.train to
            com.google.gson;
}
