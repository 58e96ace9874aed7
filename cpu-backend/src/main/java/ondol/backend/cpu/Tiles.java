package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * What to run until the loops of a vectorised product are compiled; sets of equal keys are the same.
 *
 * @param packs whether panels are packed from {@link Places}
 * @param inPieces whether the vectors across are pieces
 */
record Tiles(
        int fullRows,
        int restRows,
        int fullColumns,
        int restColumns,
        boolean byColumns,
        boolean packs,
        boolean inPieces) {
    /** For products of that size, in tiles of so many rows. */
    static Tiles of(MatMulSize size, int rows, boolean byColumns, boolean packs) {
        int full = size.n() < VectorMatMul.COLUMNS ? 0 : 2;
        int left = size.n() % VectorMatMul.COLUMNS;
        int rest = left == 0 ? 0 : VectorMatMul.columnsFor(left) / VectorMatMul.WIDTH;
        return new Tiles(
                size.m() < rows ? 0 : rows, size.m() % rows, full, rest == full ? 0 : rest, byColumns, packs, false);
    }

    /** For products of that size, in tiles of so many rows and pieces. */
    static Tiles inPieces(MatMulSize size, int rows, int pieces) {
        return new Tiles(rows, size.m() % rows, pieces, 0, false, false, true);
    }

    List<Warmup.Exercise> exercises() {
        List<Warmup.Exercise> exercises = new ArrayList<>();
        if (!inPieces) {
            exercises.add(VectorMatMul.copying());
        }
        if (packs) {
            exercises.addAll(Packing.exercises());
        }
        for (int high : new int[] {fullRows, restRows}) {
            for (int wide : new int[] {fullColumns, restColumns}) {
                if (high > 0 && wide > 0) {
                    exercises.add(
                            inPieces
                                    ? VectorMatMul.exerciseOfPieces(high, wide)
                                    : VectorMatMul.exercise(high, wide, byColumns));
                }
            }
        }
        return exercises;
    }
}
