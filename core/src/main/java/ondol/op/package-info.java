/**
 * Families of operations as {@code torch.nn.functional} has them, each a class with static methods of PyTorch's names.
 *
 * <p>They are made of what any program can use: tensor operations; {@link ondol.Fused} for kernels of one's own, which run in
 * one launch on every backend; {@link ondol.autograd.Function} and {@link ondol.autograd.MultiFunction} for gradients of one's
 * own; {@link ondol.ShapeOps#unfold} for windows; {@link ondol.Scope#result} to leave nothing behind; {@link
 * ondol.op.Arguments} to refuse in words what cannot be right.
 */
@NullMarked
package ondol.op;

import org.jspecify.annotations.NullMarked;
