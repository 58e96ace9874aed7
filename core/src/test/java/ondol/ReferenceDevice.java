package ondol;

import ondol.backend.ReferenceBackend;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** While a class of tests runs, tensors are made on a device over the {@link ReferenceBackend}: core has no other backend. */
final class ReferenceDevice implements BeforeAllCallback, AfterAllCallback {
    private static final Device DEVICE = Device.of("reference", new ReferenceBackend());

    private final Device before = Ondol.defaultDevice();

    @Override
    public void beforeAll(ExtensionContext context) {
        Ondol.setDefaultDevice(DEVICE);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Ondol.setDefaultDevice(before);
    }
}
