package ondol;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import ondol.kernel.Arithmetic;
import ondol.nn.Hooks;
import ondol.nn.Module;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;
import ondol.optim.scheduler.LRScheduler;
import ondol.optim.scheduler.ReduceLROnPlateau;
import ondol.optim.swa.AvgFn;
import org.jspecify.annotations.Nullable;

/** What programs can call: the public classes' constructors and methods, found by looking at the compiled classes. */
final class AnyApi {
    private static final List<String> PACKAGES = List.of(
            "ondol",
            "ondol.autograd",
            "ondol.kernel",
            "ondol.nn",
            "ondol.op",
            "ondol.optim",
            "ondol.optim.scheduler",
            "ondol.optim.swa");

    /** Implemented by programs, or by classes of which all methods are called. */
    private static final Set<Class<?>> INTERFACES = Set.of(
            Arithmetic.class,
            AvgFn.class,
            GradientHook.class,
            Hooks.ForwardPre.class,
            Hooks.Forward.class,
            Hooks.FullBackward.class,
            Recording.Backward.class,
            Recording.Call.class);

    private AnyApi() {}

    /** Everything that can be called, in an order that is always the same. */
    static List<Executable> everything() {
        Set<Executable> all = new LinkedHashSet<>();
        for (Class<?> c : classes()) {
            if (!Modifier.isAbstract(c.getModifiers())) {
                Stream.of(c.getConstructors()).forEach(all::add);
            }
            Stream<Method> methods = Stream.of(c.getMethods());
            Stream<Method> forSubclasses = Stream.of(c.getDeclaredMethods())
                    .filter(m -> Modifier.isProtected(m.getModifiers()) && Modifier.isFinal(m.getModifiers()))
                    .filter(m -> !implementsOne(m, c.getSuperclass()))
                    .filter(m -> Arrays.stream(m.getParameterTypes()).allMatch(AnyApi::isPublic));
            Stream.concat(methods, forSubclasses).filter(AnyApi::isCalled).forEach(m -> {
                m.setAccessible(true);
                all.add(m);
            });
        }
        return all.stream().sorted(Comparator.comparing(Executable::toString)).toList();
    }

    private static boolean isCalled(Method m) {
        Class<?> c = m.getDeclaringClass();
        boolean ofEnum =
                c.isEnum() && (m.getName().equals("valueOf") || m.getName().equals("values"));
        boolean ofObject = m.getName().equals("equals");
        return PACKAGES.contains(c.getPackageName())
                && isPublic(c)
                && !INTERFACES.contains(c)
                && !m.isBridge()
                && !ofEnum
                && !ofObject;
    }

    /** Whether it is there for the library to call, as the superclass says. */
    private static boolean implementsOne(Method m, @Nullable Class<?> in) {
        return in != null
                && (Stream.of(in.getDeclaredMethods())
                                .anyMatch(s -> s.getName().equals(m.getName())
                                        && Arrays.equals(s.getParameterTypes(), m.getParameterTypes()))
                        || implementsOne(m, in.getSuperclass()));
    }

    private static boolean isPublic(Class<?> c) {
        return Modifier.isPublic(c.getModifiers())
                && (c.getEnclosingClass() == null || isPublic(c.getEnclosingClass()));
    }

    private static List<Class<?>> classes() {
        try {
            URI from = Tensor.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI();
            Path root = Path.of(from);
            if (Files.isDirectory(root)) {
                return classes(root);
            }
            try (FileSystem jar = FileSystems.newFileSystem(root, Map.of())) {
                return classes(jar.getPath("/"));
            }
        } catch (URISyntaxException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Class<?>> classes(Path root) throws IOException {
        List<Class<?>> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            files.map(f -> root.relativize(f).toString())
                    .filter(f -> f.endsWith(".class") && !f.startsWith("META-INF"))
                    .map(f -> f.substring(0, f.length() - ".class".length())
                            .replace('/', '.')
                            .replace('\\', '.'))
                    .filter(f -> f.contains(".") && PACKAGES.contains(f.substring(0, f.lastIndexOf('.'))))
                    .filter(f -> !f.endsWith("-info"))
                    .sorted()
                    .forEach(f -> {
                        try {
                            Class<?> c = Class.forName(f);
                            if (isPublic(c)) {
                                all.add(c);
                            }
                        } catch (ClassNotFoundException e) {
                            throw new AssertionError(e);
                        }
                    });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return all;
    }

    static boolean needsReceiver(Executable called) {
        return called instanceof Method m && !Modifier.isStatic(m.getModifiers());
    }

    /** What is right and takes a Java array of gigabytes. */
    static boolean takesTooLong(Executable called, @Nullable Object[] arguments) {
        return called.getDeclaringClass() == Generator.class
                && called.getName().equals("permutation")
                && arguments[0] instanceof Integer n
                && n > 1 << 20
                && n <= Integer.MAX_VALUE - 8;
    }

    /** Devices stay for ever: not by a name that another test asks for. */
    private static void protect(Executable called, @Nullable Object[] arguments) {
        if (called.getDeclaringClass() == Device.class
                && arguments.length == 2
                && arguments[0] instanceof String name) {
            arguments[0] = "any of " + name;
        }
    }

    static @Nullable Object invoke(Executable called, @Nullable Object receiver, @Nullable Object[] arguments)
            throws InvocationTargetException {
        protect(called, arguments);
        try {
            return called instanceof Constructor<?> c
                    ? c.newInstance(arguments)
                    : ((Method) called).invoke(receiver, arguments);
        } catch (InstantiationException | IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    /** What an object that can be changed is now; null if it cannot. */
    static @Nullable String textOf(@Nullable Object o) {
        return switch (o) {
            case Module m -> m + " " + m.training() + " " + m.stateDict();
            case Optimizer p -> p + " " + p.stateDict();
            case ParameterGroup g -> g + " " + g.initialLr();
            case LRScheduler l -> l + " " + l.stateDict() + textOf(l.optimizer());
            case ReduceLROnPlateau l -> l + " " + l.stateDict() + textOf(l.optimizer());
            case Generator g -> Arrays.toString(g.getState());
            case null, default -> null;
        };
    }
}
