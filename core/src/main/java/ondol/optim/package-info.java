/**
 * Optimizers: from gradients to better parameters, as in PyTorch's {@code torch.optim}. Each is one kernel launch for
 * each parameter and step.
 *
 * <pre>{@code
 * Adam optimizer = new Adam(net.parameters(), 0.1).betas(0.9, 0.999);
 * for (int epoch = 0; epoch < 200; epoch++) {
 *     Tensor loss = lossFn.forward(net.forward(x), y);
 *     loss.backward();
 *     optimizer.step();
 *     optimizer.zeroGrad();
 * }
 * }</pre>
 *
 * <p>{@link ondol.optim.ParameterGroup} gives parameters settings of their own, {@link ondol.optim.GradientClipping} clips gradients, and
 * {@link ondol.optim.scheduler} changes learning rates as training goes on.
 */
@NullMarked
package ondol.optim;

import org.jspecify.annotations.NullMarked;
