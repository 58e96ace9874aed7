package ondol.nn;

import java.util.ArrayList;
import java.util.List;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** A module's inputs, of which some may be left out: hooks see the others. */
final class Inputs {
    private final List<Tensor> present = new ArrayList<>();

    /** The position of each input among those that were given; -1 for one that was left out. */
    private final int[] places;

    Inputs(@Nullable Tensor... all) {
        places = new int[all.length];
        for (int i = 0; i < all.length; i++) {
            Tensor t = all[i];
            places[i] = t == null ? -1 : present.size();
            if (t != null) {
                present.add(t);
            }
        }
    }

    List<Tensor> present() {
        return List.copyOf(present);
    }

    /** An input among those that hooks have left; null for one that is left out. */
    @Nullable
    Tensor get(List<Tensor> left, int input) {
        return places[input] < 0 ? null : left.get(places[input]);
    }
}
