/**
 * Tensors in files: {@link ondol.io.Safetensors}, {@link ondol.io.TorchFile} for what {@code torch.save} writes, {@link
 * ondol.io.Npy} and {@link ondol.io.Npz}; {@link ondol.io.TensorFiles} where the format is not known before. With {@link
 * ondol.io.TorchOptimizer} a training that began in PyTorch goes on.
 *
 * <p>No file is trusted. Nothing in one is run, sizes are checked before memory is asked for, and what is wrong comes as a
 * {@link ondol.io.TensorFileException} that names the file, the place and what to do. Files are written beside where they
 * belong and moved there when they are complete.
 *
 * <p>Which types of elements there are, and what becomes of each in Ondol, is the table at {@link ondol.io.ElementType}.
 */
@NullMarked
package ondol.io;

import org.jspecify.annotations.NullMarked;
