/** Well-known data sets: small ones that come along, and MNIST, Fashion-MNIST and CIFAR-10 from their files. */
module ondol.datasets {
    requires java.net.http;
    requires me.tongfei.progressbar;
    requires org.apache.commons.compress;
    requires transitive ondol.data;
    requires static org.jspecify;

    exports ondol.datasets;
}
