package ondol.backend.cpu;

import ondol.kernel.Type;

/** Copies between a run of a tensor's elements, any stride apart, and a register. */
final class Strided {
    private Strided() {}

    /** Reads n elements, the first at {@code at}, into a slot's register from {@code to} on. */
    static void read(Type type, Object array, int at, long stride, Frame r, int slot, int to, int n) {
        switch (type) {
            case F32 -> read((float[]) array, at, (int) stride, r.f[slot], to, n);
            case I32 -> read((int[]) array, at, (int) stride, r.i[slot], to, n);
            case I64 -> read((long[]) array, at, (int) stride, r.l[slot], to, n);
            case BOOL -> read((boolean[]) array, at, (int) stride, r.b[slot], to, n);
        }
    }

    /** Writes n elements of a slot's register, from {@code from} on, the first to {@code at}. */
    static void write(Type type, Frame r, int slot, int from, Object array, int at, long stride, int n) {
        switch (type) {
            case F32 -> write(r.f[slot], from, (float[]) array, at, (int) stride, n);
            case I32 -> write(r.i[slot], from, (int[]) array, at, (int) stride, n);
            case I64 -> write(r.l[slot], from, (long[]) array, at, (int) stride, n);
            case BOOL -> write(r.b[slot], from, (boolean[]) array, at, (int) stride, n);
        }
    }

    static void read(float[] from, int at, int stride, float[] to, int first, int n) {
        if (stride == 1) {
            System.arraycopy(from, at, to, first, n);
            return;
        }
        for (int k = 0; k < n; k++) {
            to[first + k] = from[at + k * stride];
        }
    }

    private static void read(int[] from, int at, int stride, int[] to, int first, int n) {
        if (stride == 1) {
            System.arraycopy(from, at, to, first, n);
            return;
        }
        for (int k = 0; k < n; k++) {
            to[first + k] = from[at + k * stride];
        }
    }

    static void read(long[] from, int at, int stride, long[] to, int first, int n) {
        if (stride == 1) {
            System.arraycopy(from, at, to, first, n);
            return;
        }
        for (int k = 0; k < n; k++) {
            to[first + k] = from[at + k * stride];
        }
    }

    private static void read(boolean[] from, int at, int stride, boolean[] to, int first, int n) {
        if (stride == 1) {
            System.arraycopy(from, at, to, first, n);
            return;
        }
        for (int k = 0; k < n; k++) {
            to[first + k] = from[at + k * stride];
        }
    }

    static void write(float[] from, int first, float[] to, int at, int stride, int n) {
        if (stride == 1) {
            System.arraycopy(from, first, to, at, n);
            return;
        }
        for (int k = 0; k < n; k++) {
            to[at + k * stride] = from[first + k];
        }
    }

    private static void write(int[] from, int first, int[] to, int at, int stride, int n) {
        if (stride == 1) {
            System.arraycopy(from, first, to, at, n);
            return;
        }
        for (int k = 0; k < n; k++) {
            to[at + k * stride] = from[first + k];
        }
    }

    static void write(long[] from, int first, long[] to, int at, int stride, int n) {
        if (stride == 1) {
            System.arraycopy(from, first, to, at, n);
            return;
        }
        for (int k = 0; k < n; k++) {
            to[at + k * stride] = from[first + k];
        }
    }

    private static void write(boolean[] from, int first, boolean[] to, int at, int stride, int n) {
        if (stride == 1) {
            System.arraycopy(from, first, to, at, n);
            return;
        }
        for (int k = 0; k < n; k++) {
            to[at + k * stride] = from[first + k];
        }
    }
}
