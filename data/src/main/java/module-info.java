/** Data sets, loaders and transforms: from tensors, tables, images and text to batches. */
module ondol.data {
    requires com.google.gson;
    requires java.desktop;
    requires org.apache.commons.csv;
    requires transitive ondol.core;
    requires static org.jspecify;

    exports ondol.data;

    opens ondol.data to
            com.google.gson;
}
