package ondol.backend.cpu;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The memory one thread works in: registers of a block each, frames, and room for whole panels. Kept and reused. */
final class Scratch {
    /**
     * What the thread does. It is called through this field, and the field is volatile, so that the JIT compiler sees no further:
     * otherwise it compiles a kernel's whole work once more for every way that leads to it.
     */
    private volatile Workers.@Nullable Task task;

    /** Does units 0 to {@code units - 1} of this. */
    void run(Workers.Task work, long units) {
        task = work;
        try {
            Workers.Task now = task;
            if (now != null) {
                now.run(this, 0, units);
            }
        } finally {
            task = null; // the launch's buffers are not this thread's
        }
    }

    private static final int PLACES = 4;

    private float[] @Nullable [] floats = new float[0][];
    private int[] @Nullable [] ints = new int[0][];
    private long[] @Nullable [] longs = new long[0][];
    private boolean[] @Nullable [] booleans = new boolean[0][];
    private final float[] @Nullable [] rooms = new float[5][];
    private final int[] @Nullable [] places = new int[PLACES][];
    private float[][] rows = {};
    private final Map<Program, Frame> frames = new IdentityHashMap<>();

    /** What a tile of a matrix product is told. */
    final TileArguments tile = new TileArguments();

    /** This thread's frame for a program. */
    Frame frame(Program program) {
        Frame frame = frames.get(program);
        if (frame == null) {
            frame = new Frame(program, this);
            frames.put(program, frame);
        }
        return frame;
    }

    float[] floats(int register, int length) {
        if (register >= floats.length) {
            floats = Arrays.copyOf(floats, register + 1);
        }
        float[] known = floats[register];
        if (known == null || known.length < length) {
            floats[register] = known = new float[length];
        }
        return known;
    }

    int[] ints(int register, int length) {
        if (register >= ints.length) {
            ints = Arrays.copyOf(ints, register + 1);
        }
        int[] known = ints[register];
        if (known == null || known.length < length) {
            ints[register] = known = new int[length];
        }
        return known;
    }

    long[] longs(int register, int length) {
        if (register >= longs.length) {
            longs = Arrays.copyOf(longs, register + 1);
        }
        long[] known = longs[register];
        if (known == null || known.length < length) {
            longs[register] = known = new long[length];
        }
        return known;
    }

    boolean[] booleans(int register, int length) {
        if (register >= booleans.length) {
            booleans = Arrays.copyOf(booleans, register + 1);
        }
        boolean[] known = booleans[register];
        if (known == null || known.length < length) {
            booleans[register] = known = new boolean[length];
        }
        return known;
    }

    /** At least so many arrays of at least {@code length} floats, with whatever was left there. */
    float[][] rows(int count, int length) {
        if (rows.length < count || rows.length > 0 && rows[0].length < length) {
            rows = new float[Math.max(count, rows.length)][Math.max(length, rows.length == 0 ? 0 : rows[0].length)];
        }
        return rows;
    }

    /** Room for {@code length} floats, with whatever was left there; {@code which} names one of a few rooms. */
    float[] room(int which, long length) {
        float[] room = rooms[which];
        if (room == null || room.length < length) {
            int roomy = (int) Math.min(Integer.MAX_VALUE - 8, Math.max(1024, length + length / 4));
            rooms[which] = room = new float[roomy];
        }
        return room;
    }

    /** Room for {@code length} ints, with whatever was left there; {@code which} names one of a few. */
    int[] places(int which, int length) {
        int[] room = places[which];
        if (room == null || room.length < length) {
            places[which] = room = new int[length + length / 4];
        }
        return room;
    }
}
