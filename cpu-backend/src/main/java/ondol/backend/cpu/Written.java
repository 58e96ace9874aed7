package ondol.backend.cpu;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Classes written as bytecode at run time: hidden ones, which go when nothing uses them any more. */
final class Written {
    private static final MethodTypeDesc NO_ARGUMENTS = MethodTypeDesc.of(ConstantDescs.CD_void);

    private Written() {}

    static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /** Lets a class implement an interface, and gives it its constructor. */
    static void begin(ClassBuilder type, ClassDesc implemented) {
        type.withFlags(ClassFile.ACC_FINAL)
                .withInterfaceSymbols(implemented)
                .withMethodBody(
                        ConstantDescs.INIT_NAME,
                        NO_ARGUMENTS,
                        0,
                        code -> code.aload(0)
                                .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, NO_ARGUMENTS)
                                .return_());
    }

    /** An object of the class. */
    static Object instance(byte[] bytes) {
        try {
            MethodHandles.Lookup made = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return made.findConstructor(made.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (Throwable e) {
            throw new AssertionError("a written class", e);
        }
    }
}
