package ondol.io;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names that a pickle may use: the classes and functions that tensors, state dicts and optimizers' states are made of.
 * Python would import and call whatever stands there; here each is known by its name, and all else is refused.
 */
sealed interface TorchGlobal {
    /** The functions that may be called. */
    enum Function implements TorchGlobal {
        /** A dict that remembers its order, as Python's own do now. */
        ORDERED_DICT,
        /** A dict of counts. */
        COUNTER,
        /** A tuple of sizes. */
        SIZE,
        /** A device's name and number. */
        DEVICE,
        /** A tensor over a storage: storage, offset, size, stride. */
        REBUILD_TENSOR,
        /** The same with requires_grad, hooks, and in newer versions metadata. */
        REBUILD_TENSOR_V2,
        /** The same for types that have no storage class: the type is given apart. */
        REBUILD_TENSOR_V3,
        /** A tensor as a parameter. */
        REBUILD_PARAMETER,
        /** The same with Python attributes, which are left out. */
        REBUILD_PARAMETER_WITH_STATE
    }

    /**
     * The class of a storage.
     *
     * @param type its elements; null if the storage knows bytes alone
     */
    record Storage(@Nullable ElementType type) implements TorchGlobal {}

    /**
     * A type of elements.
     *
     * @param name in Python
     */
    record Type(String name, ElementType type) implements TorchGlobal {}

    /** The one of that module and name; null if it is not among them. */
    static @Nullable TorchGlobal of(String module, String name) {
        return Known.GLOBALS.get(module + "." + name);
    }

    /** All of them by name. */
    final class Known {
        private static final Map<String, TorchGlobal> GLOBALS = new HashMap<>();

        static {
            GLOBALS.put("collections.OrderedDict", Function.ORDERED_DICT);
            GLOBALS.put("collections.Counter", Function.COUNTER);
            GLOBALS.put("torch.Size", Function.SIZE);
            GLOBALS.put("torch.device", Function.DEVICE);
            GLOBALS.put("torch._utils._rebuild_tensor", Function.REBUILD_TENSOR);
            GLOBALS.put("torch._utils._rebuild_tensor_v2", Function.REBUILD_TENSOR_V2);
            GLOBALS.put("torch._utils._rebuild_tensor_v3", Function.REBUILD_TENSOR_V3);
            GLOBALS.put("torch._utils._rebuild_parameter", Function.REBUILD_PARAMETER);
            GLOBALS.put("torch._utils._rebuild_parameter_with_state", Function.REBUILD_PARAMETER_WITH_STATE);
            GLOBALS.put("torch.storage.UntypedStorage", new Storage(null));
            type("Float", ElementType.F32, "float32", "float");
            type("Double", ElementType.F64, "float64", "double");
            type("Half", ElementType.F16, "float16", "half");
            type("BFloat16", ElementType.BF16, "bfloat16");
            type("Long", ElementType.I64, "int64", "long");
            type("Int", ElementType.I32, "int32", "int");
            type("Short", ElementType.I16, "int16", "short");
            type("Char", ElementType.I8, "int8");
            type("Byte", ElementType.U8, "uint8");
            type("Bool", ElementType.BOOL, "bool");
            type("ComplexFloat", ElementType.C64, "complex64");
            type("ComplexDouble", ElementType.C128, "complex128");
            type(null, ElementType.U16, "uint16");
            type(null, ElementType.U32, "uint32");
            type(null, ElementType.U64, "uint64");
            type(null, ElementType.F8_E4M3, "float8_e4m3fn");
            type(null, ElementType.F8_E5M2, "float8_e5m2");
            type(null, ElementType.F8_E4M3FNUZ, "float8_e4m3fnuz");
            type(null, ElementType.F8_E5M2FNUZ, "float8_e5m2fnuz");
            type(null, ElementType.F8_E8M0, "float8_e8m0fnu");
        }

        private Known() {}

        private static void type(@Nullable String storage, ElementType type, String... names) {
            if (storage != null) {
                GLOBALS.put("torch." + storage + "Storage", new Storage(type));
            }
            for (String name : names) {
                GLOBALS.put("torch." + name, new Type("torch." + names[0], type));
            }
        }
    }
}
