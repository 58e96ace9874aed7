package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Every {@link Tile} that {@link VectorTileWriter} writes for {@link VectorMatMul}, told by {@link TileArguments}. */
class TileTest {
    @Test
    void allSizes() {
        for (int rows = 1; rows <= VectorMatMul.ROWS; rows++) {
            for (int vectors = 1; vectors <= 2; vectors++) {
                assertTile(rows, vectors, false);
                assertTile(rows, vectors, true);
            }
        }
    }

    private static void assertTile(int rows, int vectors, boolean byColumns) {
        Tile tile = VectorMatMul.tile(rows, vectors, byColumns);
        assertSame(tile, VectorMatMul.tile(rows, vectors, byColumns));
        int width = vectors * VectorMatMul.WIDTH;
        TileArguments t = new TileArguments();
        t.a = Views.random(600, 1);
        t.a0 = 3;
        t.pitchA = 21;
        t.b = Views.random(1000, 2);
        t.b0 = 5;
        t.pitchB = width + 1;
        t.c = Views.random(1000, 3);
        t.c0 = 7;
        t.pitchC = width + 2;
        float[] expected = t.c.clone();
        for (int k : new int[] {0, 5, 9}) {
            t.k = k;
            t.first = k != 9;
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < width; j++) {
                    int at = t.c0 + i * t.pitchC + j;
                    float sum = t.first ? 0 : expected[at];
                    for (int p = 0; p < k; p++) {
                        int left = byColumns ? p * t.pitchA + i : i * t.pitchA + p;
                        sum = Math.fma(t.a[t.a0 + left], t.b[t.b0 + p * t.pitchB + j], sum);
                    }
                    expected[at] = sum;
                }
            }
            tile.run(t);
            assertArrayEquals(expected, t.c);
        }
        t.k = -1; // a call that does nothing
        t.first = true;
        tile.run(t);
        assertArrayEquals(expected, t.c);
    }

    @Test
    void tilesOfPieces() {
        for (int rows = 1; rows <= VectorMatMul.ROWS; rows++) {
            for (int pieces = 1; pieces <= VectorMatMul.piecesFor(rows); pieces++) {
                assertTileOfPieces(rows, pieces);
            }
        }
    }

    private static void assertTileOfPieces(int rows, int pieces) {
        Tile tile = VectorMatMul.tileOfPieces(rows, pieces);
        assertSame(tile, VectorMatMul.tileOfPieces(rows, pieces));
        TileArguments t = new TileArguments();
        t.a = Views.random(600, 1);
        t.a0 = 3;
        t.pitchA = 21;
        t.b = Views.random(1000, 2);
        t.b0 = 5;
        t.lines = new int[] {40, 7, 300, 41, 0};
        t.piece = 1;
        t.from = new int[1 + pieces];
        t.to = new int[1 + pieces];
        for (int v = 0; v < pieces; v++) {
            t.from[1 + v] = 600 - 70 * v;
            t.to[1 + v] = v * (VectorMatMul.WIDTH + 1);
        }
        t.pitchC = pieces * (VectorMatMul.WIDTH + 1);
        t.c = Views.random(7 + rows * t.pitchC, 3);
        t.c0 = 7;
        float[] expected = t.c.clone();
        for (int k : new int[] {-1, 0, 2, 5}) {
            t.k = k;
            t.first = k != 5;
            for (int i = 0; i < rows && k >= 0; i++) {
                for (int j = 0; j < pieces * VectorMatMul.WIDTH; j++) {
                    int piece = 1 + j / VectorMatMul.WIDTH;
                    int lane = j % VectorMatMul.WIDTH;
                    int at = t.c0 + i * t.pitchC + t.to[piece] + lane;
                    float sum = t.first ? 0 : expected[at];
                    for (int p = 0; p < k; p++) {
                        sum = Math.fma(
                                t.a[t.a0 + i * t.pitchA + p], t.b[t.b0 + t.lines[p] + t.from[piece] + lane], sum);
                    }
                    expected[at] = sum;
                }
            }
            tile.run(t);
            assertArrayEquals(expected, t.c);
        }
    }

    @Test
    void copiesOfLines() {
        for (int width : new int[] {1, VectorMatMul.WIDTH - 1, VectorMatMul.WIDTH, VectorMatMul.COLUMNS}) {
            int pitch = VectorMatMul.columnsFor(width);
            assertEquals(width <= VectorMatMul.WIDTH ? VectorMatMul.WIDTH : VectorMatMul.COLUMNS, pitch);
            float[] from = Views.random(2 + 40 * 6 + width, 1); // ends with the last line
            float[] to = new float[10 + 7 * pitch];
            VectorMatMul.copyLines(from, 2, 40, 7, width, to, 10, pitch);
            for (int line = 0; line < 7; line++) {
                int at = 10 + line * pitch;
                assertArrayEquals(Views.every(from, 2 + 40 * line, 1, width), Arrays.copyOfRange(to, at, at + width));
            }
            assertArrayEquals(new float[10], Arrays.copyOf(to, 10));
        }
    }

    @Test
    void exercises() {
        for (Warmup.Exercise exercise : new Warmup.Exercise[] {
            VectorMatMul.copying(),
            VectorMatMul.exercise(1, 2, false),
            VectorMatMul.exerciseOfPieces(1, 4),
            VectorMatMul.exercise(VectorMatMul.ROWS, 1, true)
        }) {
            for (int n : new int[] {0, 1, 384, 384}) {
                exercise.elements().accept(n);
            }
        }
    }
}
