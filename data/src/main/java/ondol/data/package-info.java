/**
 * Data sets, loaders and transforms, as in PyTorch's {@code torch.utils.data} and {@code torchvision}.
 *
 * <p>A {@link ondol.data.Dataset} is a number of samples and a way to get one. A {@link ondol.data.DataLoader} makes batches
 * of them, in an order that a generator decides: the same on every machine.
 *
 * <pre>{@code
 * Dataset<Sample> train = new ImageFolder(Path.of("photos/train"), 32, 32)
 *         .augment(Transforms.randomCrop(32, 32, 4))
 *         .augment(Transforms.randomHorizontalFlip(0.5));
 * DataLoader<Batch> loader = DataLoader.of(train).batchSize(64).shuffle(new Generator(1)).prefetch(2);
 * for (Batch batch : loader) {
 *     Tensor loss = lossFn.forward(net.forward(batch.input()), batch.target());
 *     ...
 * }
 * }</pre>
 */
@NullMarked
package ondol.data;

import org.jspecify.annotations.NullMarked;
