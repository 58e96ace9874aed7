/**
 * Well-known data sets. {@link ondol.datasets.Datasets} has three small ones that come along;
 * {@link ondol.datasets.Mnist}, {@link ondol.datasets.FashionMnist} and {@link ondol.datasets.Cifar10} read the files in which
 * theirs are published, and fetch them where a program asks for that.
 *
 * <pre>{@code
 * TrainTest mnist = Mnist.download(Path.of("data/mnist"));     // at the first call; later it only reads
 * DataLoader<Batch> loader = DataLoader.of(mnist.train()).batchSize(64).shuffle(new Generator(1)).prefetch(2);
 * for (Batch batch : loader) {
 *     Tensor loss = lossFn.forward(net.forward(batch.input()), batch.target());    // [64, 1, 28, 28] and [64]
 *     ...
 * }
 * }</pre>
 */
@NullMarked
package ondol.datasets;

import org.jspecify.annotations.NullMarked;
