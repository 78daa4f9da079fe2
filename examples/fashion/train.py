#!/usr/bin/env python3
"""Trains four small networks on Fashion-MNIST and writes them as .tflite files.

  teacher         a residual network, f32
  student         a depthwise-separable network, f32, distilled from the teacher
  student_pruned  the student with >= 80 % of its kernel weights set to zero
  student_int8    the student in full-integer int8

The student is also trained on the labels alone, with the same epochs and the
same images, so that the effect of distillation can be read off.

  python train.py --out DIR [--data DIR] [--checkpoints DIR] [--quick]
"""

import argparse
import gzip
import json
import multiprocessing
import os
import struct
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorflow import keras

layers = keras.layers

BATCH = 128
TEMPERATURE = 4.0
SOFT_SHARE = 0.8  # share of the soft targets in the distillation loss
SEEDS = (1, 2, 3)
SHIPPED_SEED = SEEDS[0]  # fixed in advance: no choice among the seeds
POINTWISE_SPARSITY = 0.88  # 1x1 kernels; chosen so that >= 80 % of all are zero
DENSE_SPARSITY = 0.80  # the fully connected kernel
SUBSET = 1000  # test images that are written next to the networks


class Plan:
    """How long each stage runs. --quick only checks that the script works."""

    def __init__(self, quick):
        self.teacher_epochs = 1 if quick else 16
        self.student_epochs = 1 if quick else 12
        self.prune_epochs = 2 if quick else 12
        self.copies = 1 if quick else 6  # augmented copies of the training set
        self.train_images = 512 if quick else 60000
        self.test_images = 256 if quick else 10000
        self.calibration_images = 64 if quick else 1000
        self.seeds = SEEDS[:2] if quick else SEEDS


class Log:
    """Prints and keeps what was printed."""

    def __init__(self, path):
        self.file = open(path, "a")
        self.start = time.time()

    def __call__(self, text=""):
        line = f"[{time.time() - self.start:6.0f} s] {text}"
        print(line, flush=True)
        self.file.write(line + "\n")
        self.file.flush()


# ---------------------------------------------------------------- data


def read_idx(folder, name):
    """Reads an IDX file, gzipped or not."""
    path = Path(folder) / name
    if path.exists():
        raw = path.read_bytes()
    else:
        raw = gzip.decompress(path.with_name(name + ".gz").read_bytes())
    rank = raw[3]
    shape = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def write_idx(path, array):
    """Writes unsigned bytes in the IDX format (big-endian header)."""
    header = bytes([0, 0, 8, array.ndim])
    header += struct.pack(f">{array.ndim}I", *array.shape)
    Path(path).write_bytes(header + array.tobytes())


def load_data(folder, plan):
    train_x = read_idx(folder, "train-images-idx3-ubyte")[: plan.train_images]
    train_y = read_idx(folder, "train-labels-idx1-ubyte")[: plan.train_images]
    test_x = read_idx(folder, "t10k-images-idx3-ubyte")[: plan.test_images]
    test_y = read_idx(folder, "t10k-labels-idx1-ubyte")[: plan.test_images]
    return (train_x, train_y.astype(np.int32)), (test_x, test_y.astype(np.int32))


def augment(images, rng):
    """Shifts by up to two pixels and mirrors half of the images."""
    count = len(images)
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    dx, dy = rng.integers(0, 5, count), rng.integers(0, 5, count)
    out = np.empty_like(images)
    for x in range(5):
        for y in range(5):
            chosen = (dx == x) & (dy == y)
            out[chosen] = padded[chosen, y : y + 28, x : x + 28]
    mirrored = rng.random(count) < 0.5
    out[mirrored] = out[mirrored, :, ::-1]
    return out


# ---------------------------------------------------------------- networks


def conv(x, channels, kernel=3, stride=1, relu=True):
    # No bias: the batch norm has one, and the converter folds both into the
    # convolution, so that neither is an operator of its own in the file.
    x = layers.Conv2D(channels, kernel, stride, "same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x) if relu else x


def residual(x, channels):
    y = conv(conv(x, channels), channels, relu=False)
    return layers.ReLU()(layers.Add()([x, y]))


def separable(x, channels, stride=1):
    x = layers.DepthwiseConv2D(3, stride, "same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.ReLU()(x)
    return conv(x, channels, kernel=1)


def classify(x, softmax):
    # A pool over the whole map and Flatten, rather than a global pool, because
    # the latter becomes the operator MEAN.
    x = layers.AveragePooling2D(x.shape[1])(x)
    x = layers.Flatten()(x)
    x = layers.Dense(10)(x)
    return layers.Softmax()(x) if softmax else x


def make_teacher(batch=None, softmax=False):
    image = keras.Input((28, 28, 1), batch_size=batch)
    x = conv(image, 24)
    x = residual(conv(x, 40, stride=2), 40)
    x = residual(conv(x, 96, stride=2), 96)
    x = conv(x, 144, stride=2)
    return keras.Model(image, classify(x, softmax))


def make_student(batch=None, softmax=False):
    image = keras.Input((28, 28, 1), batch_size=batch)
    x = conv(image, 16)
    x = separable(x, 32, stride=2)
    x = separable(x, 48)
    x = separable(x, 64)
    x = separable(x, 96, stride=2)
    x = separable(x, 96)
    x = separable(x, 128)
    x = separable(x, 128)
    return keras.Model(image, classify(x, softmax))


def multiply_adds(model):
    """Multiply-adds of one image in the convolutions and the dense layer."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, layers.DepthwiseConv2D):
            _, h, w, _ = layer.output_shape
            total += h * w * layer.depthwise_kernel.shape.num_elements()
        elif isinstance(layer, layers.Conv2D):
            _, h, w, _ = layer.output_shape
            total += h * w * layer.kernel.shape.num_elements()
        elif isinstance(layer, layers.Dense):
            total += layer.kernel.shape.num_elements()
    return total


# ---------------------------------------------------------------- training


def to_input(images):
    return tf.cast(images, tf.float32)[..., None] / 255.0


def predict(model, images):
    run = tf.function(lambda x: model(to_input(x), training=False))
    return np.concatenate(
        [run(images[i : i + 500]).numpy() for i in range(0, len(images), 500)]
    )


def accuracy(model, images, labels):
    return float(np.mean(predict(model, images).argmax(1) == labels))


def loss_of(logits, labels, soft_logits):
    hard = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    )
    if soft_logits is None:
        return hard
    # The gradient of the softened term shrinks with T squared; the factor
    # T^2 keeps the balance of the two terms independent of the temperature.
    soft = tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(
            tf.nn.softmax(soft_logits / TEMPERATURE), logits / TEMPERATURE
        )
    )
    return (1 - SOFT_SHARE) * hard + SOFT_SHARE * TEMPERATURE**2 * soft


def fit(model, epoch_data, epochs, rate, decay, rng, log, name, pruner=None):
    """Trains the model; epoch_data(e) gives images, labels, soft logits or None.

    The learning rate rises over the first tenth of the steps and then falls
    to nearly zero along a cosine. The weights of the last step are kept: no
    epoch is picked by its accuracy.
    """
    per_epoch = len(epoch_data(0)[0]) // BATCH
    steps = epochs * per_epoch
    warmup = max(1, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.05 * rate, steps - warmup, 1e-3, warmup_target=rate, warmup_steps=warmup
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])

    @tf.function
    def step(images, labels, soft_logits):
        with tf.GradientTape() as tape:
            logits = model(to_input(images), training=True)
            loss = loss_of(logits, labels, soft_logits)
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        if pruner is not None:
            pruner.apply()
        return loss

    for epoch in range(epochs):
        start = time.time()
        images, labels, soft_logits = epoch_data(epoch)
        order = rng.permutation(len(images))
        total = 0.0
        for s in range(per_epoch):
            if pruner is not None:
                pruner.update(epoch * per_epoch + s, steps)
            pick = order[s * BATCH : (s + 1) * BATCH]
            soft = None if soft_logits is None else soft_logits[pick]
            total += step(images[pick], labels[pick], soft)
        log(
            f"{name}: epoch {epoch + 1}/{epochs}, loss {float(total) / per_epoch:.4f}, "
            f"{time.time() - start:.1f} s"
        )


def restore(model, checkpoints, name):
    path = checkpoints / f"{name}.weights.h5"
    if path.exists():
        model.load_weights(path)
        return True
    return False


def save(model, checkpoints, name):
    model.save_weights(checkpoints / f"{name}.weights.h5")


def train_teacher(train, plan, checkpoints, log):
    images, labels = train
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    model = make_teacher()
    if restore(model, checkpoints, "teacher"):
        log("teacher: read from its checkpoint")
        return model
    fresh = lambda epoch: (augment(images, rng), labels, None)
    fit(model, fresh, plan.teacher_epochs, 2e-3, 0.05, rng, log, "teacher")
    save(model, checkpoints, "teacher")
    return model


def make_copies(train, teacher, plan, log):
    """Augmented copies of the training set with the teacher's logits.

    All students see the same copies, the label-only ones too. The teacher
    has to run once per copy rather than in every epoch of every student.
    """
    images, labels = train
    rng = np.random.default_rng(10)
    copies = []
    for _ in range(plan.copies):
        copy = augment(images, rng)
        copies.append((copy, labels, predict(teacher, copy)))
    log(f"{plan.copies} augmented copies with the teacher's logits are ready")
    return copies


def train_student(copies, distilled, seed, plan, checkpoints, log):
    name = f"student_{'distilled' if distilled else 'labels'}_seed{seed}"
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model = make_student()
    if restore(model, checkpoints, name):
        log(f"{name}: read from its checkpoint")
        return model

    def data(epoch):
        images, labels, soft = copies[epoch % len(copies)]
        return images, labels, soft if distilled else None

    fit(model, data, plan.student_epochs, 3e-3, 0.02, rng, log, name)
    save(model, checkpoints, name)
    return model


# ---------------------------------------------------------------- pruning


class Pruner:
    """Magnitude pruning of the 1x1 and the fully connected kernels.

    The first convolution and the depthwise kernels stay dense: they hold 8 %
    of the weights, and a depthwise channel has only nine.
    The share of zeros grows along a cubic curve during the first half of the
    steps; after that the masks are held and the rest is fine-tuning.
    """

    RAMP = 0.5
    EVERY = 50  # steps between two updates of the masks

    def __init__(self, model):
        self.targets = []
        for layer in model.layers:
            if isinstance(layer, layers.Dense):
                self.targets.append((layer.kernel, DENSE_SPARSITY))
            elif type(layer) is layers.Conv2D and layer.kernel_size == (1, 1):
                self.targets.append((layer.kernel, POINTWISE_SPARSITY))
        self.masks = [
            tf.Variable(tf.ones_like(kernel), trainable=False)
            for kernel, _ in self.targets
        ]

    def update(self, step, steps):
        """Sets the masks for this step; a weight once dropped stays dropped,
        since it is zero and so the smallest."""
        ramp = int(self.RAMP * steps)
        if step > ramp or (step % self.EVERY and step != ramp):
            return
        progress = step / max(1, ramp)
        for (kernel, sparsity), mask in zip(self.targets, self.masks):
            magnitude = np.abs(kernel.numpy()).ravel()
            zeros = round(sparsity * (1 - (1 - progress) ** 3) * magnitude.size)
            keep = np.ones(magnitude.size, np.float32)
            keep[np.argsort(magnitude, kind="stable")[:zeros]] = 0
            mask.assign(keep.reshape(mask.shape))
        self.apply()

    def apply(self):
        for (kernel, _), mask in zip(self.targets, self.masks):
            kernel.assign(kernel * mask)


def prune_student(student, copies, plan, checkpoints, log):
    keras.utils.set_random_seed(SHIPPED_SEED)
    rng = np.random.default_rng(100)
    model = make_student()
    if restore(model, checkpoints, "student_pruned"):
        log("student_pruned: read from its checkpoint")
        return model
    model.set_weights(student.get_weights())
    data = lambda epoch: copies[epoch % len(copies)]
    fit(
        model, data, plan.prune_epochs, 2e-3, 0.005, rng, log, "student_pruned",
        Pruner(model),
    )
    save(model, checkpoints, "student_pruned")
    return model


# ---------------------------------------------------------------- files


def for_export(make, model):
    """The same network with a softmax and a fixed batch of one, so that no
    shape has to be computed at run time."""
    fixed = make(batch=1, softmax=True)
    fixed.set_weights(model.get_weights())
    return fixed


def convert(model, optimizations=(), calibration=None):
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = list(optimizations)
    if calibration is not None:
        converter.representative_dataset = lambda: (
            [image[None, :, :, None].astype(np.float32) / 255.0]
            for image in calibration
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    return converter.convert()


def write_files(out, checkpoints, teacher, student, pruned, train, plan, log):
    def write(path, content):
        path.write_bytes(content)
        log(f"wrote {path.name}, {len(content)} bytes")

    write(out / "teacher.tflite", convert(for_export(make_teacher, teacher)))
    fixed = for_export(make_student, student)
    write(out / "student.tflite", convert(fixed))
    # Every sixtieth training image, so that the sample spans the data set.
    stride = max(1, len(train[0]) // plan.calibration_images)
    sample = train[0][::stride][: plan.calibration_images]
    write(
        out / "student_int8.tflite",
        convert(fixed, [tf.lite.Optimize.DEFAULT], sample),
    )
    fixed = for_export(make_student, pruned)
    dense = convert(fixed)
    write(checkpoints / "student_pruned_dense.tflite", dense)
    try:
        sparse = convert(fixed, [tf.lite.Optimize.EXPERIMENTAL_SPARSITY])
    except Exception as error:  # the converter's sparsity is experimental
        log(f"the sparse conversion failed: {error}")
        sparse = dense
    write(out / "student_pruned.tflite", min(sparse, dense, key=len))


# ---------------------------------------------------------------- checks


def open_file(path):
    # The reference kernels: plain loops, hence the same result on any machine.
    kernels = tf.lite.experimental.OpResolverType.BUILTIN_REF
    reader = tf.lite.Interpreter(str(path), experimental_op_resolver_type=kernels)
    reader.allocate_tensors()
    return reader


def count_correct(job):
    """Runs one file over images, one at a time; gives a list of hits."""
    path, images, labels = job
    reader = open_file(path)
    source, sink = reader.get_input_details()[0], reader.get_output_details()[0]
    hits = []
    for image, label in zip(images, labels):
        value = image[None, :, :, None].astype(np.float32) / 255.0
        if source["dtype"] == np.int8:
            scale, zero = source["quantization"]
            value = np.clip(np.round(value / scale) + zero, -128, 127).astype(np.int8)
        reader.set_tensor(source["index"], value)
        reader.invoke()
        hits.append(int(reader.get_tensor(sink["index"])[0].argmax() == label))
    return hits


def describe(path, log):
    """Logs operators and sparse tensors; counts parameters and zeros."""
    reader = open_file(path)
    tensors = {t["index"]: t for t in reader.get_tensor_details()}
    operators = reader._get_ops_details()
    names = [operator["op_name"] for operator in operators]
    # The interpreter may add a node of its own for the whole graph.
    names = [name for name in names if name != "DELEGATE"]
    log(f"{path.name}: {len(names)} operators: {' '.join(names)}")
    densified = {
        op["outputs"][0]: op["inputs"][0]
        for op in operators
        if op["op_name"] == "DENSIFY"
    }
    parameters = kernels = nonzero = 0
    for operator in operators:
        if operator["op_name"] not in (
            "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED",
        ):
            continue
        weight, bias = operator["inputs"][1], operator["inputs"][2]
        stored = tensors[densified.get(weight, weight)]
        sparse = stored["sparsity_parameters"]
        size = int(np.prod(tensors[weight]["shape"]))
        parameters += size + int(np.prod(tensors[bias]["shape"]))
        kernels += size
        if sparse:
            # Ask the buffer itself: with block formats it also holds zeros.
            formats = [
                f"sparse({len(d['array_indices'])})" if d["format"]
                else f"dense({d['dense_size']})"
                for d in sparse["dim_metadata"]
            ]
            log(
                f"  {operator['op_name']} {list(stored['shape'])}: traversal "
                f"{list(sparse['traversal_order'])}, block map "
                f"{list(sparse['block_map'])}, dimensions {' '.join(formats)}"
                f"{', DENSIFY' if weight in densified else ''}"
            )
        else:
            nonzero += int(np.count_nonzero(reader.get_tensor(weight)))
    return parameters, kernels, nonzero


def check_files(out, checkpoints, test, workers, log):
    images, labels = test
    paths = [
        out / f"{name}.tflite"
        for name in ("teacher", "student", "student_pruned", "student_int8")
    ]
    results = {}
    for path in paths:
        parameters, kernels, nonzero = describe(path, log)
        if path.stem == "student_pruned":
            # Zeros are counted in the dense twin, which has the same weights.
            _, kernels, nonzero = describe(
                checkpoints / "student_pruned_dense.tflite", log
            )
            share = 1 - nonzero / kernels
            log(f"  zeros: {kernels - nonzero} of {kernels} kernel weights, {share:.2%}")
            assert share >= 0.8
        chunks = np.array_split(np.arange(len(images)), workers)
        jobs = [(path, images[c], labels[c]) for c in chunks]
        # Fresh processes: TensorFlow's threads do not survive a fork.
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            hits = sum(pool.map(count_correct, jobs), [])
        results[path.stem] = {
            "parameters": parameters,
            "bytes": path.stat().st_size,
            "accuracy_10000": sum(hits) / len(hits),
            "accuracy_1000": sum(hits[:SUBSET]) / len(hits[:SUBSET]),
            "correct_10000": sum(hits),
        }
        log(f"  {results[path.stem]}")
    return results


# ---------------------------------------------------------------- main


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--data", type=Path, default="/usr/share/datasets/fashion-mnist",
        help="folder of the four IDX files (default: that of the Debian package)",
    )
    parser.add_argument(
        "--checkpoints", type=Path,
        help="folder of the weights of each stage; stages found there are not "
        "trained again (default: OUT/checkpoints)",
    )
    parser.add_argument("--workers", type=int, default=2, help="processes of the checks")
    parser.add_argument("--quick", action="store_true", help="a check of the script")
    options = parser.parse_args()
    out = options.out
    checkpoints = options.checkpoints or out / "checkpoints"
    out.mkdir(parents=True, exist_ok=True)
    checkpoints.mkdir(parents=True, exist_ok=True)
    plan = Plan(options.quick)
    log = Log(out / "training_log.txt")
    log(
        f"python {sys.version.split()[0]}, tensorflow {tf.__version__}, "
        f"numpy {np.__version__}{', quick' if options.quick else ''}"
    )

    train, test = load_data(options.data, plan)
    log(f"multiply-adds: teacher {multiply_adds(make_teacher())}, "
        f"student {multiply_adds(make_student())}")

    teacher = train_teacher(train, plan, checkpoints, log)
    log(f"teacher: test accuracy {accuracy(teacher, *test):.4f}")

    copies = make_copies(train, teacher, plan, log)
    scores = {True: [], False: []}
    for seed in plan.seeds:
        for distilled in (True, False):
            model = train_student(copies, distilled, seed, plan, checkpoints, log)
            scores[distilled].append(accuracy(model, *test))
            kind = "distilled" if distilled else "labels alone"
            log(f"student, {kind}, seed {seed}: test accuracy {scores[distilled][-1]:.4f}")
            if distilled and seed == SHIPPED_SEED:
                student = model
    for distilled, kind in ((False, "labels alone"), (True, "distilled")):
        s = np.array(scores[distilled])
        log(f"student, {kind}: mean {s.mean():.4f}, least {s.min():.4f}, "
            f"most {s.max():.4f}, over {len(s)} seeds")

    pruned = prune_student(student, copies, plan, checkpoints, log)
    log(f"student_pruned: test accuracy {accuracy(pruned, *test):.4f}")

    write_files(out, checkpoints, teacher, student, pruned, train, plan, log)
    write_idx(out / "t10k-1000-images-idx3-ubyte", test[0][:SUBSET])
    write_idx(out / "t10k-1000-labels-idx1-ubyte", test[1][:SUBSET].astype(np.uint8))
    results = check_files(out, checkpoints, test, options.workers, log)
    (out / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    log("done")


if __name__ == "__main__":
    main()
