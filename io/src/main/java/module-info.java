/** Reads and writes tensors: safetensors, PyTorch's files, NumPy's files. */
module ondol.io {
    requires transitive ondol.core;
    requires com.google.gson;
    requires static org.jspecify;

    exports ondol.io;
}
