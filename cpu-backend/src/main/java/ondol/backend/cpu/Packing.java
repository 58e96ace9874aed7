package ondol.backend.cpu;

import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies what a product reads to lines side by side: element x of line l, which is at {@code lines[l] + offsets[x]}, goes to
 * {@code l * pitch + x}. Where elements lie side by side, or every second one, whole vectors are copied: the pieces. What a
 * piece copies beyond its run, the next piece or line overwrites, so a target has room for a vector behind its last line.
 */
final class Packing {
    private static final VectorSpecies<Float> S = VectorMatMul.S;
    private static final int WIDTH = VectorMatMul.WIDTH;

    /** The even elements of two vectors. */
    private static final VectorShuffle<Float> EVEN = VectorShuffle.fromOp(S, i -> 2 * i);

    private Packing() {}

    /** Whether elements along these places are copied by vectors. */
    static boolean isInPieces(Places places) {
        return places.run() > 1 && (places.stride == 1 || places.stride == 2);
    }

    /**
     * Cuts elements {@code first} to {@code first + count - 1} into pieces: piece i begins at {@code from[i]} and goes to
     * {@code to[i]}. There are at most {@code count} of them.
     */
    static int cut(Places places, long first, int count, int[] from, int[] to) {
        int pieces = 0;
        int done = 0;
        while (done < count) {
            int place = places.at(first + done);
            int n = (int) Math.min(count - done, places.run() - (first + done) % places.run());
            for (int i = 0; i < n; i += WIDTH) {
                from[pieces] = place + i * places.stride;
                to[pieces++] = done + i;
            }
            done += n;
        }
        return pieces;
    }

    /** Whether all pieces of all lines are inside the array with all that they read. */
    static boolean fits(float[] array, int first, int[] lines, int count, int[] from, int pieces, int stride) {
        int line = Integer.MIN_VALUE;
        for (int l = 0; l < count; l++) {
            line = Math.max(line, lines[l]);
        }
        int piece = Integer.MIN_VALUE;
        for (int i = 0; i < pieces; i++) {
            piece = Math.max(piece, from[i]);
        }
        return (long) first + line + piece + stride * WIDTH <= array.length;
    }

    /** Copies lines piece by piece. */
    static void copy(
            float[] array,
            int first,
            int[] lines,
            int count,
            int[] from,
            int[] to,
            int pieces,
            int stride,
            float[] target,
            int at,
            int pitch) {
        if (stride == 2) {
            copyEven(array, first, lines, count, from, to, pieces, target, at, pitch);
        } else if (pieces == 1) {
            copy1(array, first + from[0], lines, count, target, at, pitch);
        } else if (pieces == 2) {
            copy2(array, first + from[0], first + from[1], lines, count, target, at, to[1], pitch);
        } else if (pieces == 3) {
            copy3(array, first, lines, count, from, to, target, at, pitch);
        } else {
            copyMany(array, first, lines, count, from, to, pieces, target, at, pitch);
        }
    }

    private static void copy1(float[] array, int first, int[] lines, int count, float[] target, int at, int pitch) {
        for (int l = 0, q = at; l < count; l++, q += pitch) {
            FloatVector.fromArray(S, array, first + lines[l]).intoArray(target, q);
        }
    }

    private static void copy2(
            float[] array, int one, int two, int[] lines, int count, float[] target, int at, int second, int pitch) {
        for (int l = 0, q = at; l < count; l++, q += pitch) {
            FloatVector.fromArray(S, array, one + lines[l]).intoArray(target, q);
            FloatVector.fromArray(S, array, two + lines[l]).intoArray(target, q + second);
        }
    }

    private static void copy3(
            float[] array, int first, int[] lines, int count, int[] from, int[] to, float[] target, int at, int pitch) {
        int one = first + from[0];
        int two = first + from[1];
        int three = first + from[2];
        int second = to[1];
        int third = to[2];
        for (int l = 0, q = at; l < count; l++, q += pitch) {
            FloatVector.fromArray(S, array, one + lines[l]).intoArray(target, q);
            FloatVector.fromArray(S, array, two + lines[l]).intoArray(target, q + second);
            FloatVector.fromArray(S, array, three + lines[l]).intoArray(target, q + third);
        }
    }

    private static void copyMany(
            float[] array,
            int first,
            int[] lines,
            int count,
            int[] from,
            int[] to,
            int pieces,
            float[] target,
            int at,
            int pitch) {
        for (int l = 0, q = at; l < count; l++, q += pitch) {
            int line = first + lines[l];
            for (int i = 0; i < pieces; i++) {
                FloatVector.fromArray(S, array, line + from[i]).intoArray(target, q + to[i]);
            }
        }
    }

    private static void copyEven(
            float[] array,
            int first,
            int[] lines,
            int count,
            int[] from,
            int[] to,
            int pieces,
            float[] target,
            int at,
            int pitch) {
        for (int l = 0, q = at; l < count; l++, q += pitch) {
            int line = first + lines[l];
            for (int i = 0; i < pieces; i++) {
                FloatVector low = FloatVector.fromArray(S, array, line + from[i]);
                FloatVector high = FloatVector.fromArray(S, array, line + from[i] + WIDTH);
                low.rearrange(EVEN, high).intoArray(target, q + to[i]);
            }
        }
    }

    /** Copies lines element by element. */
    static void copyEach(
            float[] array,
            int first,
            int[] lines,
            int count,
            int[] offsets,
            int width,
            float[] target,
            int at,
            int pitch) {
        int x = 0;
        for (; x + 4 <= width && count >= 4; x += 4) {
            int one = first + offsets[x];
            int two = first + offsets[x + 1];
            int three = first + offsets[x + 2];
            int four = first + offsets[x + 3];
            for (int l = 0, q = at + x; l < count; l++, q += pitch) {
                target[q] = array[one + lines[l]];
                target[q + 1] = array[two + lines[l]];
                target[q + 2] = array[three + lines[l]];
                target[q + 3] = array[four + lines[l]];
            }
        }
        for (int l = 0; l < count; l++) {
            int line = first + lines[l];
            for (int rest = x; rest < width; rest++) {
                target[at + l * pitch + rest] = array[line + offsets[rest]];
            }
        }
    }

    /** What to run until all of this is compiled. */
    static List<Warmup.Exercise> exercises() {
        int most = 192;
        int pitch = 4 * WIDTH;
        float[] from = new float[(most + 2) * pitch];
        float[] to = new float[from.length];
        int[] lines = new int[most];
        for (int l = 0; l < most; l++) {
            lines[l] = l * pitch;
        }
        int[] pieces = {0, WIDTH, 2 * WIDTH, 3 * WIDTH};
        return java.util.stream.IntStream.rangeClosed(1, 5)
                .mapToObj(i -> new Warmup.Exercise(
                        Packing.class,
                        2 * WIDTH * Math.min(i, 4),
                        n -> copy(
                                from,
                                0,
                                lines,
                                Math.min(n, most),
                                pieces,
                                pieces,
                                i < 5 ? i : 2,
                                i < 5 ? 1 : 2,
                                to,
                                0,
                                pitch)))
                .toList();
    }
}
