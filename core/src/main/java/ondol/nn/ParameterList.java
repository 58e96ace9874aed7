package ondol.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import ondol.Device;
import ondol.Tensor;

/**
 * Parameters in a list; PyTorch's {@code torch.nn.ParameterList}. In the state dict they are named {@code 0}, {@code 1}, ...
 *
 * <pre>{@code
 * private final ParameterList scales = register("scales", new ParameterList(Tensor.ones(16), Tensor.ones(16)));
 * ...
 * x = x.mul(scales.get(i));
 * }</pre>
 */
public final class ParameterList extends Module implements Iterable<Tensor> {
    /**
     * A list of parameters in order, each as {@link Module#register(String, Tensor)} takes it.
     *
     * @param parameters the parameters, in order
     * @throws NullPointerException if one is null
     */
    public ParameterList(Tensor... parameters) {
        this(Arrays.asList(Objects.requireNonNull(
                parameters, "ParameterList: the array of parameters is null; give tensors, or nothing for none")));
    }

    /**
     * A list of parameters in order.
     *
     * @param parameters the parameters, in order
     * @throws NullPointerException if one is null
     */
    public ParameterList(Collection<Tensor> parameters) {
        Objects.requireNonNull(parameters, "ParameterList: the parameters are null; give a collection of tensors");
        parameters.forEach(this::append);
    }

    /**
     * Adds a parameter at the end.
     *
     * @param parameter as {@link Module#register(String, Tensor)} takes it
     * @return this list
     */
    public ParameterList append(Tensor parameter) {
        register(Integer.toString(size()), parameter);
        return this;
    }

    /** {@return how many parameters there are} */
    public int size() {
        return members().parameters.size();
    }

    /**
     * {@return the parameter at a position}
     *
     * @param index negative ones count from the end
     * @throws IndexOutOfBoundsException if there is no such position
     */
    public Tensor get(int index) {
        int n = size();
        if (index < -n || index >= n) {
            throw new IndexOutOfBoundsException("ParameterList.get: index " + index + " is out of range for " + n
                    + " parameters" + (n == 0 ? "; there is none" : "; use " + -n + " to " + (n - 1)));
        }
        return parameter(Integer.toString(index < 0 ? index + n : index));
    }

    @Override
    public Iterator<Tensor> iterator() {
        return List.copyOf(members().parameters.values()).iterator();
    }

    @Override
    protected String extraRepr() {
        List<String> lines = new ArrayList<>();
        members().parameters.forEach((name, p) -> {
            StringJoiner sizes = new StringJoiner("x");
            for (long size : p.shape().toArray()) {
                sizes.add(Long.toString(size));
            }
            String device = p.device() == Device.CPU ? "" : " (" + p.device() + ")";
            lines.add("  (" + name + "): Parameter containing: [torch.float32 of size " + sizes + device + "]");
        });
        return String.join("\n", lines);
    }
}
