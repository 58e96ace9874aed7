package ondol.datasets;

/**
 * The two parts in which a data set is published.
 *
 * @param train what a network learns from
 * @param test what it is measured with
 */
public record TrainTest(ImageDataset train, ImageDataset test) {}
