/**
 * Learning rates that change as training goes on, as in PyTorch's {@code torch.optim.lr_scheduler}: to the bit the values that
 * PyTorch's recursive formulas give.
 *
 * <pre>{@code
 * LRScheduler scheduler = new CosineAnnealingLR(optimizer, 100);
 * for (int epoch = 0; epoch < 100; epoch++) {
 *     trainOneEpoch();
 *     scheduler.step();
 * }
 * }</pre>
 */
@NullMarked
package ondol.optim.scheduler;

import org.jspecify.annotations.NullMarked;
