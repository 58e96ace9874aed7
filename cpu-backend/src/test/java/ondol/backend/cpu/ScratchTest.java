package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** What a {@link Scratch} keeps: registers, rooms, rows, and a {@link Frame} for each program. */
class ScratchTest {
    private final Scratch scratch = new Scratch();

    @Test
    void registersAreKeptUntilTheyAreTooShort() {
        float[] floats = scratch.floats(3, 10);
        assertSame(floats, scratch.floats(3, 10));
        assertSame(floats, scratch.floats(3, 5));
        assertNotSame(floats, scratch.floats(2, 10));
        assertTrue(scratch.floats(3, 11).length >= 11);
        assertSame(scratch.ints(0, 7), scratch.ints(0, 7));
        assertSame(scratch.longs(1, 7), scratch.longs(1, 7));
        assertSame(scratch.booleans(9, 7), scratch.booleans(9, 7));
        assertTrue(scratch.ints(0, 8).length >= 8 && scratch.longs(1, 8).length >= 8);
        assertTrue(scratch.booleans(9, 8).length >= 8);
    }

    @Test
    void roomsAndRows() {
        float[] room = scratch.room(1, 100);
        assertSame(room, scratch.room(1, 100));
        assertNotSame(room, scratch.room(2, 100));
        assertTrue(scratch.room(1, 5000).length >= 5000);
        float[][] rows = scratch.rows(2, 8);
        assertSame(rows, scratch.rows(1, 8));
        float[][] longer = scratch.rows(2, 9);
        assertTrue(longer.length >= 2 && longer[1].length >= 9);
        float[][] more = scratch.rows(5, 3);
        assertTrue(more.length >= 5 && more[4].length >= 9);
    }

    /** The registers of frames may be the same arrays: a thread runs one program at a time. Constants are the frame's. */
    @Test
    void aProgramHasOneFrame() {
        Expr x = Expr.input(0, Type.F32);
        Program two = ProgramCompiler.compile(List.of(x.mul(2.0)), 1, 0, true, false);
        Program three = ProgramCompiler.compile(List.of(x.mul(3.0)), 1, 0, true, false);
        Frame frame = scratch.frame(two);
        assertSame(frame, scratch.frame(two));
        assertArrayEquals(new float[] {10}, product(two));
        assertArrayEquals(new float[] {15}, product(three));
        assertArrayEquals(new float[] {10}, product(two));
    }

    private float[] product(Program program) {
        Frame frame = scratch.frame(program);
        frame.begin(new long[0]);
        frame.own(0);
        frame.f[0][0] = 5;
        frame.run(1);
        return new float[] {frame.f[1][0]};
    }

    @Test
    void aTaskIsGivenAllUnits() {
        scratch.run(
                (given, from, to) -> {
                    assertSame(scratch, given);
                    assertEquals(0, from);
                    assertEquals(7, to);
                },
                7);
    }
}
