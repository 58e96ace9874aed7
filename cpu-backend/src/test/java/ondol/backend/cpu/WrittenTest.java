package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** Classes that are {@link Written}: any, and each {@link Step} that is a {@link WrittenStep}. */
class WrittenTest {
    @Test
    void aHiddenClass() {
        byte[] bytes = ClassFile.of().build(ClassDesc.of("ondol.backend.cpu.Sets"), type -> {
            Written.begin(type, Written.desc(Tile.class));
            MethodTypeDesc run = MethodTypeDesc.of(ConstantDescs.CD_void, Written.desc(TileArguments.class));
            type.withMethodBody(
                    "run",
                    run,
                    ClassFile.ACC_PUBLIC,
                    code -> code.aload(1)
                            .bipush(42)
                            .putfield(Written.desc(TileArguments.class), "k", ConstantDescs.CD_int)
                            .return_());
        });
        TileArguments arguments = new TileArguments();
        Tile tile = assertInstanceOf(Tile.class, Written.instance(bytes));
        tile.run(arguments);
        assertEquals(42, arguments.k);
        assertTrue(tile.getClass().isHidden());
        assertEquals(
                "a written class",
                assertThrows(AssertionError.class, () -> Written.instance(new byte[9]))
                        .getMessage());
    }

    @Test
    void aStepOfTwoOperations() {
        Expr x = Expr.input(0, Type.F32);
        Program program = ProgramCompiler.compile(List.of(x.mul(x).add(x)), 1, 0, true, true);
        Step[] steps = program.steps();
        assertEquals(1, steps.length);
        assertTrue(assertInstanceOf(WrittenStep.class, steps[0]).primitives() >= 2);
        Frame frame = new Frame(program, new Scratch());
        frame.own(0);
        int n = 2 * VectorMatMul.WIDTH + 1; // whole vectors and a part of one
        for (int k = 0; k <= n; k++) {
            frame.f[0][k] = k;
        }
        steps[0].run(frame, 0);
        assertEquals(0, frame.f[1][1]);
        steps[0].run(frame, n);
        for (int k = 0; k < n; k++) {
            assertEquals(k * k + k, frame.f[1][k]);
        }
        assertArrayEquals(new int[2], frame.at);
    }
}
