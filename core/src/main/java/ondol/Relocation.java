package ondol;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Moves tensors to another device without making other tensors of them: what {@code Module.to} does with parameters and
 * buffers, and optimizers with their state.
 */
public final class Relocation {
    private Relocation() {}

    /** The part of a memory that a tensor sees: tensors that see the same still do so after they have moved. */
    private record Window(Storage storage, long offset, List<Long> sizes, List<Long> strides) {
        static Window of(Tensor t) {
            return new Window(t.storage(), t.storageOffset(), list(t.sizes()), list(t.strideArray()));
        }

        private static List<Long> list(long[] values) {
            return LongStream.of(values).boxed().toList();
        }
    }

    /**
     * Moves tensors and their gradients to a device: all of them or, if one cannot be moved, none. Every tensor stays the same
     * object and the same leaf; its elements, then contiguous, are on the device, in memory that joins no scope. Tensors that
     * are there already stay as they are.
     *
     * <p>Views, {@code detach()}ed handles and recorded operations made before keep the memory that they have, on the
     * device where it is. A backward through what was recorded before computes there, and its gradient is then brought
     * to where the leaf is now. Among the tensors given, those that see the same elements still share them.
     *
     * <p>While tensors move, no other thread may compute with them.
     *
     * @param tensors open tensors, each once or several times
     * @param device where they are to be
     * @throws IllegalStateException if a tensor is closed
     * @throws NullPointerException if something is null; the message says what
     * @throws ondol.backend.OutOfDeviceMemoryException if the device has not enough memory; nothing has moved then
     */
    public static void move(Collection<Tensor> tensors, Device device) {
        Objects.requireNonNull(device, "Relocation.move: the device is null; use Device.of or Device.CPU");
        Objects.requireNonNull(tensors, "Relocation.move: the tensors are null; give a collection of tensors");
        int at = 0;
        for (Tensor t : tensors) {
            if (t == null) {
                throw new NullPointerException("Relocation.move: tensor " + at + " is null; leave it out");
            }
            at++;
        }
        Map<Window, Tensor> copies = new HashMap<>();
        Map<Tensor, Tensor> moved = new LinkedHashMap<>(); // tensors are equal only to themselves
        try {
            for (Tensor t : leaving(tensors, device)) {
                moved.put(t, copies.computeIfAbsent(Window.of(t), w -> copy(t, device)));
            }
            moved.forEach(Tensor::exchange);
        } finally {
            copies.values().forEach(Tensor::close);
        }
    }

    /** The tensors that are elsewhere, and their gradients. */
    private static Set<Tensor> leaving(Collection<Tensor> tensors, Device device) {
        Set<Tensor> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Tensor> leaving = Collections.newSetFromMap(new LinkedHashMap<>());
        var open = new ArrayDeque<>(tensors);
        while (!open.isEmpty()) {
            Tensor t = open.poll();
            if (!seen.add(t)) {
                continue;
            }
            if (t.device() != device) {
                t.checkOpen("Relocation.move");
                leaving.add(t);
            }
            Tensor gradient = t.peekGrad();
            if (gradient != null && !gradient.isClosed()) { // a closed one is forgotten, as backward does
                open.add(gradient);
            }
        }
        return leaving;
    }

    private static Tensor copy(Tensor t, Device device) {
        return Scope.outside(() -> {
            Tensor plain = t.detach();
            try {
                return TensorConversions.transfer(plain, device);
            } finally {
                plain.close();
            }
        });
    }
}
