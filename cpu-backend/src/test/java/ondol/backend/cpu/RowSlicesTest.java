package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.backend.cpu.RowSlices.Cut;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** Along which axis rows are cut, and into how many. */
final class RowSlicesTest {
    private static final Kernel COPY = new Kernel.Map(Expr.input(0, Type.F32));

    /** How two threads cut a copy of a contiguous tensor, the axes of the mask being reduced. */
    private static Cut cut(long mask, long... shape) {
        long[] strides = new long[shape.length];
        long n = 1;
        for (int a = shape.length - 1; a >= 0; a--) {
            strides[a] = n;
            n *= shape[a];
        }
        View in = new View(new CpuBuffer(Type.F32, n), shape, strides, 0);
        View out = new View(new CpuBuffer(Type.F32, n), shape, strides, 0);
        Launch launch = new Launch(COPY, shape, 0, new View[] {in}, new View[] {out}, Launch.NO_SCALARS);
        return RowSlices.cut(List.of(launch, launch), mask, 2);
    }

    @Test
    void littleIsDoneAtOnce() {
        assertNull(cut(2, 100, 100));
    }

    @Test
    void slicesOfHalfAMegabyte() {
        assertEquals(new Cut(0, 64), cut(2, 4096, 1024));
    }

    @Test
    void threadsHaveSomeSlicesEach() {
        assertEquals(new Cut(0, 128), cut(2, 512, 70));
    }

    @Test
    void slicesHaveOneLengthWhereThereIsADivisor() {
        assertEquals(new Cut(0, 60), cut(2, 3000, 1000));
        assertEquals(new Cut(0, 68), cut(2, 3001, 960));
    }

    @Test
    void theFirstAxisThatIsLongEnough() {
        assertEquals(new Cut(2, 16), cut(8, 3, 4, 128, 256));
        assertEquals(new Cut(1, 1), cut(5, 8, 16, 20_000));
    }

    @Test
    void oneRowIsNotCut() {
        assertNull(cut(2, 1, 1_000_000));
        assertNull(cut(3, 1000, 1000));
    }
}
