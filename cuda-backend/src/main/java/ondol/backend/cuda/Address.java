package ondol.backend.cuda;

import jcuda.NativePointerObject;

/** The address that an object of JCuda points to, which JCuda shows to subclasses only. */
final class Address extends NativePointerObject {
    private Address(NativePointerObject object) {
        super(object);
    }

    static long of(NativePointerObject object) {
        return new Address(object).getNativePointer();
    }
}
