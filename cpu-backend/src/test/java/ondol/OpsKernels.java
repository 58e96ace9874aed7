package ondol;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.kernel.Kernel;

/** The Map kernels of every row of {@link Ops}: forward and gradients, for all types of inputs and scalars. */
public final class OpsKernels {
    /** As many as any row takes; kernels do not mind more. */
    private static final int SCALARS = 3;

    private OpsKernels() {}

    /** Every kernel, by a name. */
    public static Map<String, Kernel.Map> all() throws ReflectiveOperationException {
        Map<String, Kernel.Map> kernels = new LinkedHashMap<>();
        for (Ops op : Ops.values()) {
            Pointwise row = op.row();
            int arity = (int) value(row, "arity");
            int combinations = (int) Math.pow(DType.values().length, arity);
            for (int c = 0; c < 2 * combinations; c++) {
                Tensor[] inputs = new Tensor[arity];
                DType[] types = new DType[arity];
                for (int i = 0, rest = c / 2; i < arity; i++, rest /= DType.values().length) {
                    types[i] = DType.values()[rest % DType.values().length];
                    inputs[i] = Tensor.zeros(1).to(types[i]);
                }
                add(kernels, op, row, inputs, types, c % 2 == 1);
            }
        }
        return kernels;
    }

    private static void add(
            Map<String, Kernel.Map> to, Ops op, Pointwise row, Tensor[] inputs, DType[] types, boolean floatScalars)
            throws ReflectiveOperationException {
        Method variant = Pointwise.class.getDeclaredMethod("makeVariant", Tensor[].class, int.class, boolean.class);
        variant.setAccessible(true);
        Pointwise.Variant made;
        try {
            made = (Pointwise.Variant) variant.invoke(row, inputs, SCALARS, floatScalars);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                return; // the operation is not for such inputs
            }
            throw e;
        }
        String name = op + " of " + List.of(types) + (floatScalars ? ", float scalars" : "");
        to.put(name, made.kernel);
        Pointwise.Derivative[] derivatives = (Pointwise.Derivative[]) value(row, "derivatives");
        for (int i = 0; i < derivatives.length && made.result == DType.FLOAT32; i++) {
            boolean condition = value(row, "typing") == Pointwise.Typing.CHOICE;
            PointwiseGradient gradient = new PointwiseGradient(derivatives[i], types, SCALARS, condition);
            to.put(name + ", gradient " + i, (Kernel.Map) value(gradient, "map"));
        }
    }

    private static Object value(Object of, String field) throws ReflectiveOperationException {
        Field f = of.getClass().getDeclaredField(field);
        f.setAccessible(true);
        return f.get(of);
    }
}
