/** Training by the executors of an Apache Spark cluster: {@link ondol.spark.SparkTrainer}. */
@NullMarked
package ondol.spark;

import org.jspecify.annotations.NullMarked;
