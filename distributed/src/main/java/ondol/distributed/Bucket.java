package ondol.distributed;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of some parameters, one behind the other, with a number after them for each: how many shards it has a gradient from. A
 * vector of each shard, and after the sum their sum in the first one.
 */
final class Bucket {
    private final List<Tensor> parameters;
    private final int elements;
    private final float[][] vectors;

    private Bucket(List<Tensor> parameters, int shards) {
        this.parameters = List.copyOf(parameters);
        long all = parameters.stream().mapToLong(Tensor::numel).sum();
        elements = Math.toIntExact(all);
        vectors = new float[shards][elements + parameters.size()];
    }

    /** Buckets of so many elements or one parameter, the last parameters first: backward comes to them first. */
    static List<Bucket> of(List<Tensor> parameters, int shards, long most) {
        List<Bucket> buckets = new ArrayList<>();
        List<Tensor> open = new ArrayList<>();
        long elements = 0;
        for (Tensor parameter : parameters.reversed()) {
            if (!open.isEmpty() && elements + parameter.numel() > most) {
                buckets.add(new Bucket(open, shards));
                open.clear();
                elements = 0;
            }
            open.add(parameter);
            elements += parameter.numel();
        }
        if (!open.isEmpty()) {
            buckets.add(new Bucket(open, shards));
        }
        return buckets;
    }

    List<Tensor> parameters() {
        return parameters;
    }

    float[][] vectors() {
        return vectors;
    }

    float[] sum() {
        return vectors[0];
    }

    /** Puts a shard's gradients into its vector; null is none. */
    void put(int shard, List<@Nullable Tensor> gradients) {
        float[] vector = vectors[shard];
        MemorySegment bytes = MemorySegment.ofArray(vector);
        long at = 0;
        for (int i = 0; i < gradients.size(); i++) {
            Tensor gradient = gradients.get(i);
            long n = parameters.get(i).numel() * Float.BYTES;
            if (gradient == null) {
                bytes.asSlice(at, n).fill((byte) 0);
            } else {
                gradient.download(bytes.asSlice(at, n));
            }
            vector[elements + i] = gradient == null ? 0 : 1;
            at += n;
        }
    }

    /** Adds the sums to the parameters' gradients, of those that any shard has one of. */
    void accumulate() {
        MemorySegment bytes = MemorySegment.ofArray(sum());
        long at = 0;
        for (int i = 0; i < parameters.size(); i++) {
            Tensor parameter = parameters.get(i);
            long n = parameter.numel() * Float.BYTES;
            if (sum()[elements + i] > 0) {
                Tensor gradient = Tensor.empty(parameter.shape(), parameter.dtype(), parameter.device());
                gradient.upload(bytes.asSlice(at, n));
                parameter.backward(gradient);
                gradient.close();
            }
            at += n;
        }
    }
}
