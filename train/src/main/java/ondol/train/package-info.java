/**
 * A training loop around a network, for those who would otherwise write it again: {@link ondol.train.Trainer}. It is plain enough
 * to be read, and to be left for a loop of one's own at any time.
 *
 * <pre>{@code
 * Trainer trainer = new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 1e-3))
 *         .metrics(Metrics.accuracy())
 *         .earlyStopping("val_loss", 5)
 *         .checkpoints(Path.of("run"));
 * History history = trainer.fit(train, validation, 100);
 * System.out.println(history);
 * }</pre>
 */
@NullMarked
package ondol.train;

import org.jspecify.annotations.NullMarked;
