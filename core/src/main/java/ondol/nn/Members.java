package ondol.nn;

import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import ondol.Scope;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** The parameters, buffers and children of a module, by names, and the walks over them. */
final class Members {
    final Map<String, Tensor> parameters = new LinkedHashMap<>();
    final Map<String, Tensor> buffers = new LinkedHashMap<>();
    final Map<String, Module> children = new LinkedHashMap<>();

    /** The names of buffers that are no part of the state. */
    private final Set<String> passing = new HashSet<>();

    private final Module module;

    Members(Module module) {
        this.module = module;
    }

    // ---- building

    Tensor parameter(String name, Tensor parameter) {
        checkName(name);
        Objects.requireNonNull(parameter, () -> nothing(name, "parameter", "tensor"));
        if (parameter.isClosed()) {
            throw new IllegalStateException(
                    module.name() + ".register: the tensor for '" + name + "', of shape " + parameter.shape()
                            + ", is closed; register it before close(), or take it out of its scope with keep()");
        }
        Tensor p = parameter.isParameter() ? parameter : Tensor.parameter(parameter);
        parameters.put(name, p);
        return p;
    }

    Tensor buffer(String name, Tensor buffer, boolean persistent) {
        checkName(name);
        Objects.requireNonNull(buffer, () -> nothing(name, "buffer", "tensor"));
        Tensor b = Scope.escape(buffer.detach());
        buffers.put(name, b);
        if (!persistent) {
            passing.add(name);
        }
        return b;
    }

    void child(String name, Module child) {
        checkName(name);
        Objects.requireNonNull(child, () -> nothing(name, "child", "module"));
        checkContains(name, child);
        children.put(name, child);
    }

    /** Puts another child in the place of one. */
    void replace(String name, Module child) {
        Objects.requireNonNull(child, () -> nothing(name, "child", "module"));
        checkContains(name, child);
        children.put(name, child);
    }

    private void checkContains(String name, Module child) {
        if (child.modules().contains(module)) {
            throw new IllegalArgumentException(module.name() + ".register: '" + name
                    + "' is or contains the module it is registered in; a module cannot be inside itself");
        }
    }

    private String nothing(String name, String what, String give) {
        return module.name() + ".register: the " + what + " '" + name + "' is null; give a " + give;
    }

    private void checkName(String name) {
        Objects.requireNonNull(
                name, () -> module.name() + ".register: the name is null; give one, unique in the module");
        if (name.isEmpty() || name.indexOf('.') >= 0) {
            throw new IllegalArgumentException(module.name() + ".register: '" + name
                    + "' is no name; it must not be empty, and dots separate the names of modules inside modules");
        }
        if (parameters.containsKey(name) || buffers.containsKey(name) || children.containsKey(name)) {
            throw new IllegalArgumentException(
                    module.name() + ".register: '" + name + "' is registered already; choose another name");
        }
    }

    // ---- one of them

    Tensor parameter(String name) {
        return known("parameter", name, parameters);
    }

    Tensor buffer(String name) {
        return known("buffer", name, buffers);
    }

    private Tensor known(String what, String name, Map<String, Tensor> of) {
        Tensor t = of.get(name);
        if (t == null) {
            throw new IllegalArgumentException(
                    module.name() + "." + what + ": there is no " + what + " '" + name + "'; there are " + of.keySet());
        }
        return t;
    }

    Module submodule(String operation, String path) {
        Objects.requireNonNull(path, () -> module.name() + "." + operation + ": the name is null; give one");
        Module at = module;
        String walked = "";
        for (String rest = path; !rest.isEmpty(); ) {
            int dot = rest.indexOf('.');
            String name = dot < 0 ? rest : rest.substring(0, dot);
            Map<String, Module> inside = at.members().children;
            Module next = inside.get(name);
            if (next == null || dot == rest.length() - 1) {
                throw new IllegalArgumentException(module.name() + "." + operation + ": there is no module '"
                        + join(walked, name) + "'; "
                        + (walked.isEmpty() ? "there are " : "in '" + walked + "' there are ")
                        + inside.keySet());
            }
            at = next;
            walked = join(walked, name);
            rest = dot < 0 ? "" : rest.substring(dot + 1);
        }
        return at;
    }

    Tensor parameterAt(String path) {
        return at("getParameter", "parameter", path, m -> m.parameters);
    }

    Tensor bufferAt(String path) {
        return at("getBuffer", "buffer", path, m -> m.buffers);
    }

    private Tensor at(String operation, String what, String path, Function<Members, Map<String, Tensor>> of) {
        Objects.requireNonNull(path, () -> module.name() + "." + operation + ": the name is null; give one");
        int dot = path.lastIndexOf('.');
        String owner = dot < 0 ? "" : path.substring(0, dot);
        Map<String, Tensor> inside = of.apply(submodule(operation, owner).members());
        Tensor t = inside.get(path.substring(dot + 1));
        if (t == null) {
            throw new IllegalArgumentException(module.name() + "." + operation + ": there is no " + what + " '" + path
                    + "'; " + (owner.isEmpty() ? "there are " : "in '" + owner + "' there are ") + inside.keySet());
        }
        return t;
    }

    // ---- all of them

    Map<String, Tensor> namedParameters() {
        return named(m -> m.parameters);
    }

    Map<String, Tensor> namedBuffers() {
        return named(m -> m.buffers);
    }

    private Map<String, Tensor> named(Function<Members, Map<String, Tensor>> of) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        Set<Tensor> seen = new HashSet<>(); // tensors are equal only to themselves
        for (Map.Entry<String, Module> m : namedModules().entrySet()) {
            for (Map.Entry<String, Tensor> own :
                    of.apply(m.getValue().members()).entrySet()) {
                if (seen.add(own.getValue())) {
                    all.put(join(m.getKey(), own.getKey()), own.getValue());
                }
            }
        }
        return Collections.unmodifiableMap(all);
    }

    Map<String, Module> namedModules() {
        Map<String, Module> all = new LinkedHashMap<>();
        walk("", Collections.newSetFromMap(new IdentityHashMap<>()), all::put);
        return Collections.unmodifiableMap(all);
    }

    /** Parameters and lasting buffers by name; those of a module that occurs twice under both its names, as PyTorch lists them. */
    Map<String, Tensor> state() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        walk("", null, (path, m) -> {
            Members own = m.members();
            own.parameters.forEach((name, t) -> all.put(join(path, name), t));
            own.buffers.forEach((name, t) -> {
                if (!own.passing.contains(name)) {
                    all.put(join(path, name), t);
                }
            });
        });
        return all;
    }

    /** Visits the module and all inside it; with {@code seen}, each once. */
    private void walk(String path, @Nullable Set<Module> seen, BiConsumer<String, Module> visit) {
        if (seen == null || seen.add(module)) {
            visit.accept(path, module);
            for (Map.Entry<String, Module> child : children.entrySet()) {
                child.getValue().members().walk(join(path, child.getKey()), seen, visit);
            }
        }
    }

    private static String join(String prefix, String name) {
        return prefix.isEmpty() ? name : prefix + "." + name;
    }
}
