/**
 * Figures of tensors: {@link ondol.plot.Plot}, after matplotlib's {@code pyplot}.
 *
 * <pre>{@code
 * Plot plot = new Plot().plot(x, y, Line.of("o")).plot(x, net.forward(x), Line.of("--")).title("regression");
 * plot.save(Path.of("regression.png"));
 * }</pre>
 */
@NullMarked
package ondol.plot;

import org.jspecify.annotations.NullMarked;
