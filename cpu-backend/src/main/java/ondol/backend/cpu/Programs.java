package ondol.backend.cpu;

import java.util.Arrays;
import java.util.List;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import org.jspecify.annotations.Nullable;

/** The programs for some expressions: one for every set of uniform inputs they have been run with. */
final class Programs {
    private record Variant(long uniformInputs, int inputs, Program program) {}

    private final List<Expr> results;
    private final boolean stores;
    private final boolean written;
    private final boolean keeps;
    private volatile Variant[] variants = {};

    /** @param written whether one vector loop is to do everything, where that is possible */
    Programs(List<Expr> results, boolean stores, boolean written) {
        this.results = results;
        this.stores = stores;
        this.written = written;
        this.keeps = Dag.nodes(results).stream().anyMatch(e -> e instanceof Expr.Keep);
    }

    /** Whether they have a dropout mask. */
    boolean keeps() {
        return keeps;
    }

    /** The program for {@code inputs} inputs, of which those are uniform whose bit is set. */
    Program forUniform(long uniformInputs, int inputs) {
        Program known = known(uniformInputs, inputs);
        return known == null ? compile(uniformInputs, inputs) : known;
    }

    /** That program if it has been asked for before. */
    @Nullable
    Program known(long uniformInputs, int inputs) {
        for (Variant variant : variants) {
            if (variant.uniformInputs == uniformInputs && variant.inputs == inputs) {
                return variant.program;
            }
        }
        return null;
    }

    private synchronized Program compile(long uniformInputs, int inputs) {
        Program program = known(uniformInputs, inputs);
        if (program != null) {
            return program;
        }
        program = ProgramCompiler.compile(results, inputs, uniformInputs, stores, written);
        Variant[] more = Arrays.copyOf(variants, variants.length + 1);
        more[variants.length] = new Variant(uniformInputs, inputs, program);
        variants = more;
        return program;
    }
}
