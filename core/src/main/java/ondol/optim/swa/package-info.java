/**
 * Averages of weights, as in PyTorch's {@code torch.optim.swa_utils}: a network of the averages of a training's last weights is
 * often better than the one of the last weights. The learning rate's schedule for it is {@link ondol.optim.scheduler.SWALR}.
 *
 * <pre>{@code
 * AveragedModel<Net> averaged = new AveragedModel<>(net, new Net(), SwaUtils.getEmaMultiAvgFn(0.999), false);
 * for (Batch batch : train) {
 *     lossFn.forward(net.forward(batch.input()), batch.target()).backward();
 *     optimizer.step();
 *     optimizer.zeroGrad();
 *     averaged.updateParameters(net);
 * }
 * SwaUtils.updateBn(train, averaged.module(), batch -> averaged.module().forward(batch.input()));
 * }</pre>
 */
@NullMarked
package ondol.optim.swa;

import org.jspecify.annotations.NullMarked;
