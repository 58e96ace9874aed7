package ondol.nn;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Modules by names, which a module's {@code forward} chooses from; PyTorch's {@code torch.nn.ModuleDict}. They keep the order
 * in which they were put in.
 *
 * <pre>{@code
 * private final ModuleDict<Layer> activations =
 *         register("activations", new ModuleDict<>(Map.of("relu", new ReLU(), "tanh", new Tanh())));
 * ...
 * return activations.get(name).forward(x);
 * }</pre>
 *
 * @param <M> the class that all of them have
 */
public final class ModuleDict<M extends Module> extends Module {
    private final Map<String, M> map = new LinkedHashMap<>();

    /** No modules yet. */
    public ModuleDict() {}

    /**
     * A dictionary of a map's modules, in its order.
     *
     * @param modules the modules by name
     * @throws NullPointerException if one is null
     */
    public ModuleDict(Map<String, ? extends M> modules) {
        Objects.requireNonNull(modules, "ModuleDict: the map of modules is null; give modules by name");
        modules.forEach(this::put);
    }

    /**
     * Adds a module, or puts it in another's place.
     *
     * @param name not empty, without a dot
     * @param module the module
     * @return this module
     */
    public ModuleDict<M> put(String name, M module) {
        if (map.containsKey(name)) {
            members().replace(name, module);
        } else {
            register(name, module);
        }
        map.put(name, module);
        return this;
    }

    /**
     * {@return the module of a name}
     *
     * @param name the module's name
     * @throws IllegalArgumentException if there is none
     */
    public M get(String name) {
        M module = map.get(name);
        if (module == null) {
            throw new IllegalArgumentException(
                    "ModuleDict.get: there is no module '" + name + "'; there are " + map.keySet());
        }
        return module;
    }

    /**
     * {@return whether there is a module of that name}
     *
     * @param name the module's name
     */
    public boolean contains(String name) {
        return map.containsKey(Objects.requireNonNull(name, "ModuleDict.contains: the name is null; give one"));
    }

    /**
     * Takes a module out.
     *
     * @param name the module's name
     * @return the module
     * @throws IllegalArgumentException if there is none of that name
     */
    public M remove(String name) {
        if (!map.containsKey(name)) {
            throw new IllegalArgumentException(
                    "ModuleDict.remove: there is no module '" + name + "'; there are " + map.keySet());
        }
        members().children.remove(name);
        return map.remove(name);
    }

    /** {@return how many modules there are} */
    public int size() {
        return map.size();
    }

    /** {@return the modules by their names, as they are now and will be} */
    public Map<String, M> modulesByName() {
        return Collections.unmodifiableMap(map);
    }
}
