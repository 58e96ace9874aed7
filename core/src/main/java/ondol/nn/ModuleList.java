package ondol.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/**
 * Modules in a list, which a module's {@code forward} goes through as it likes; PyTorch's {@code torch.nn.ModuleList}. In the
 * state dict they are named {@code 0}, {@code 1}, ...
 *
 * <pre>{@code
 * private final ModuleList<Linear> heads = register("heads", new ModuleList<>(new Linear(8, 2), new Linear(8, 3)));
 * ...
 * for (Linear head : heads) {
 *     results.add(head.forward(features));
 * }
 * }</pre>
 *
 * @param <M> the class that all of them have
 */
public final class ModuleList<M extends Module> extends Module implements Iterable<M> {
    private final List<M> list = new ArrayList<>();

    /**
     * A list of modules, in order.
     *
     * @param modules the modules, in order
     * @throws NullPointerException if one is null
     */
    @SafeVarargs
    public ModuleList(M... modules) {
        this(Arrays.asList(Objects.requireNonNull(
                modules, "ModuleList: the array of modules is null; give modules, or nothing for none")));
    }

    /**
     * A list of modules, in order.
     *
     * @param modules the modules, in order
     * @throws NullPointerException if one is null
     */
    public ModuleList(Collection<? extends M> modules) {
        extend(modules);
    }

    /**
     * Adds a module at the end.
     *
     * @param module the module
     * @return this list
     */
    public ModuleList<M> append(M module) {
        register(Integer.toString(list.size()), module);
        list.add(module);
        return this;
    }

    /**
     * Adds modules at the end.
     *
     * @param modules the modules, in order
     * @return this list
     */
    public ModuleList<M> extend(Collection<? extends M> modules) {
        Objects.requireNonNull(modules, "ModuleList.extend: the modules are null; give a collection");
        int at = 0;
        for (M module : modules) {
            int number = at++;
            Objects.requireNonNull(module, () -> "ModuleList: module " + number + " is null; give a module");
        }
        modules.forEach(this::append);
        return this;
    }

    /** {@return how many modules there are} */
    public int size() {
        return list.size();
    }

    /**
     * {@return the module at a position}
     *
     * @param index negative ones count from the end
     * @throws IndexOutOfBoundsException if there is no such position
     */
    public M get(int index) {
        return list.get(checked("get", index));
    }

    /**
     * Puts another module at a position.
     *
     * @param index negative ones count from the end
     * @param module the module
     * @return the module that was there
     * @throws IndexOutOfBoundsException if there is no such position
     */
    public M set(int index, M module) {
        int at = checked("set", index);
        members().replace(Integer.toString(at), module);
        return list.set(at, module);
    }

    private int checked(String operation, int index) {
        int n = list.size();
        if (index < -n || index >= n) {
            throw new IndexOutOfBoundsException("ModuleList." + operation + ": index " + index + " is out of range for "
                    + n + " modules" + (n == 0 ? "; there is none" : "; use " + -n + " to " + (n - 1)));
        }
        return index < 0 ? index + n : index;
    }

    @Override
    public Iterator<M> iterator() {
        return List.copyOf(list).iterator();
    }

    /** As PyTorch prints it: neighbours that print alike on one line, {@code (0-2): 3 x Linear(...)}. */
    @Override
    public String toString() {
        if (list.isEmpty()) {
            return "ModuleList()";
        }
        List<String> lines = new ArrayList<>();
        for (int from = 0, to; from < list.size(); from = to) {
            String text = indented(list.get(from));
            to = from + 1;
            while (to < list.size() && indented(list.get(to)).equals(text)) {
                to++;
            }
            lines.add(
                    to == from + 1
                            ? "(" + from + "): " + text
                            : "(" + from + "-" + (to - 1) + "): " + (to - from) + " x " + text);
        }
        return "ModuleList(\n  " + String.join("\n  ", lines) + "\n)";
    }
}
