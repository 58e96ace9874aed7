/**
 * Building blocks of neural networks, as in PyTorch's {@code torch.nn}: modules that hold parameters, activations,
 * losses.
 *
 * <pre>{@code
 * Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Dropout(0.8), new Linear(512, 1));
 * MSELoss lossFn = new MSELoss();
 * Adam optimizer = new Adam(net.parameters());
 * for (int epoch = 0; epoch < 1000; epoch++) {
 *     Tensor loss = lossFn.forward(net.forward(x), y);
 *     loss.backward();
 *     optimizer.step();
 *     optimizer.zeroGrad();
 * }
 * net.eval();
 * System.out.println(net);
 * // Sequential(
 * //   (0): Linear(in_features=1, out_features=512, bias=True)
 * //   (1): ReLU()
 * //   (2): Dropout(p=0.8, inplace=False)
 * //   (3): Linear(in_features=512, out_features=1, bias=True)
 * // )
 * }</pre>
 *
 * <p>A network of one's own extends {@link ondol.nn.Layer} if it makes one tensor of another, else {@link ondol.nn.Module}.
 * Import the latter by its name: {@code import ondol.nn.*} alone leaves {@code Module} ambiguous, because of {@link
 * java.lang.Module}. Where PyTorch writes {@code net(x)}, it is {@code net.forward(x)}, or {@code net.call(x)} if there are
 * {@link ondol.nn.Hooks}.
 */
@NullMarked
package ondol.nn;

import org.jspecify.annotations.NullMarked;
