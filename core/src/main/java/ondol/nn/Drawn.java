package ondol.nn;

import java.util.Objects;
import ondol.Generator;
import ondol.Scope;
import ondol.Tensor;

/** The making of modules of several parameters, whose first values are drawn. */
final class Drawn {
    private Drawn() {}

    /** A parameter uniform between {@code -bound} and {@code bound}. */
    static Tensor uniform(Generator generator, double bound, long... sizes) {
        try (var _ = Scope.open()) {
            return Tensor.parameter(Tensor.uniform(generator, -bound, bound, sizes));
        }
    }

    /** A parameter of zeros. */
    static Tensor zeros(long... sizes) {
        try (var _ = Scope.open()) {
            return Tensor.parameter(Tensor.zeros(sizes));
        }
    }

    /** Gives a module its parameters; if that fails, the generator and the memory are as they were. */
    static void all(Module module, Generator generator, Runnable register) {
        byte[] state = generator.getState();
        try {
            register.run();
        } catch (RuntimeException | Error e) {
            undo(module, generator, state);
            throw e;
        }
    }

    /** Gives a module parameters and buffers that are not drawn; if that fails, the memory is as it was. */
    static void orNothing(Module module, Runnable register) {
        try (var _ = Scope.open()) {
            register.run();
        } catch (RuntimeException | Error e) {
            module.parameters().forEach(Tensor::close);
            module.buffers().forEach(Tensor::close);
            throw e;
        }
    }

    /** Leaves the generator and the memory as they were before a module that could not be made. */
    static void undo(Module module, Generator generator, byte[] state) {
        generator.setState(state);
        module.parameters().forEach(Tensor::close);
    }

    /** A size from 1 to 2^31 - 1. */
    static long size(String module, String name, long size) {
        if (size < 1 || size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    module + ": " + name + " is " + size + "; sizes are 1 to " + Integer.MAX_VALUE);
        }
        return size;
    }

    static Generator given(String module, Generator generator) {
        return Objects.requireNonNull(generator, () -> module + ": the generator is null; give Ondol.generator()");
    }
}
