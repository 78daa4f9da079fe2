#!/usr/bin/env python3
"""Writes cases.txt: single operators with the answers of TensorFlow Lite's reference kernels.

  python3 -m venv VENV && VENV/bin/pip install tensorflow-cpu==2.21.*
  VENV/bin/python tests/tflite_cases/make.py            writes tests/tflite_cases/cases.txt
  VENV/bin/python tests/tflite_cases/make.py --hone build/hone [--seeds N]
                                                        compares `hone run` with them on N random inputs instead

One case: `case NAME`, `op NUMBER OPTIONS_TYPE`, `option FIELD KIND VALUE`, then a line for each input and output:
`in|mid|out TYPE SHAPE SCALE ZERO KIND VALUE...`, where KIND is input, constant, variable, absent or result; `mid` are
intermediate tensors, which hold scales alone.
"""
import argparse, os, subprocess, sys, tempfile
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import flatbuffers
import numpy as np

TYPES = {'f32': (0, np.float32), 'i32': (2, np.int32), 'u8': (3, np.uint8), 'i64': (4, np.int64), 'bool': (6, np.bool_),
         'i16': (7, np.int16), 'i8': (9, np.int8)}


class Tensor:
    def __init__(self, type, shape, scale=0.0, zero=0, kind='input', values=None, lo=None, hi=None):
        self.type, self.shape, self.scale, self.zero, self.kind = type, list(shape), scale, zero, kind
        self.values, self.lo, self.hi = values, lo, hi

    def fill(self, random):
        if self.kind in ('absent', 'variable') or self.values is not None:
            self.data = None if self.values is None else np.array(self.values, TYPES[self.type][1]).reshape(self.shape)
            return
        dtype = TYPES[self.type][1]
        lo, hi = self.lo, self.hi
        if self.type == 'f32':
            lo, hi = (-3.0, 3.0) if lo is None else (lo, hi)
            self.data = np.round(random.uniform(lo, hi, self.shape) * 64).astype(dtype) / dtype(64)
        elif self.type == 'bool':
            self.data = random.integers(0, 2, self.shape).astype(dtype)
        else:
            if lo is None:
                lo, hi = (-128, 127) if self.type == 'i8' else (0, 255) if self.type == 'u8' else (-9, 9)
            self.data = random.integers(lo, hi + 1, self.shape).astype(dtype)


def T(type, *shape, **more): return Tensor(type, shape, **more)
def Q(type, scale, zero, *shape, **more): return Tensor(type, shape, scale=scale, zero=zero, **more)
def C(tensor): tensor.kind = 'constant'; return tensor
def V(tensor): tensor.kind = 'variable'; return tensor
def absent(count=1): return [Tensor('f32', [], kind='absent') for _ in range(count)]
def I(*values, shape=None): return Tensor('i32', [len(values)] if shape is None else shape, kind='constant', values=list(values))
def S(value): return Tensor('i32', [], kind='constant', values=[value])


class Case:
    def __init__(self, name, op, options_type, options, inputs, outputs, **more):
        self.name, self.op, self.options_type, self.options = name, op, options_type, options
        self.inputs, self.outputs, self.more = inputs, outputs, more
        self.middle = more.get('middle', [])


def model(case):
    """The case as a file: one operator, its tensors, a buffer for each constant."""
    b = flatbuffers.Builder(1024)
    tensors = [t for t in case.inputs if t.kind != 'absent'] + case.outputs + case.middle
    buffers = [b'']
    for t in tensors: buffers.append(t.data.tobytes() if t.kind == 'constant' else b'')
    buffer_offsets = []
    for data in buffers:
        vector = b.CreateByteVector(data) if data else None
        b.StartObject(3)
        if vector: b.PrependUOffsetTRelativeSlot(0, vector, 0)
        buffer_offsets.append(b.EndObject())

    def ints(values, put, size):
        b.StartVector(size, len(values), size)
        for v in reversed(values): put(v)
        return b.EndVector()

    def vector(offsets):
        b.StartVector(4, len(offsets), 4)
        for o in reversed(offsets): b.PrependUOffsetTRelative(o)
        return b.EndVector()

    tensor_offsets = []
    for i, t in enumerate(tensors):
        name, shape, quantization = b.CreateString(f't{i}'), ints(t.shape, b.PrependInt32, 4), None
        if t.scale:
            scales = t.scale if isinstance(t.scale, list) else [t.scale]
            scale, zero = ints(scales, b.PrependFloat32, 4), ints([t.zero] * len(scales), b.PrependInt64, 8)
            b.StartObject(7); b.PrependUOffsetTRelativeSlot(2, scale, 0); b.PrependUOffsetTRelativeSlot(3, zero, 0)
            quantization = b.EndObject()
        b.StartObject(8)
        b.PrependUOffsetTRelativeSlot(0, shape, 0); b.PrependInt8Slot(1, TYPES[t.type][0], 0); b.PrependUint32Slot(2, i + 1, 0)
        b.PrependUOffsetTRelativeSlot(3, name, 0)
        if t.kind == 'variable': b.PrependBoolSlot(5, True, False)
        if quantization: b.PrependUOffsetTRelativeSlot(4, quantization, 0)
        tensor_offsets.append(b.EndObject())
    numbers, next_number = [], 0
    for t in case.inputs:
        numbers.append(-1 if t.kind == 'absent' else next_number)
        next_number += t.kind != 'absent'
    outputs = list(range(next_number, next_number + len(case.outputs)))
    middle = ints([outputs[-1] + 1 + i for i in range(len(case.middle))], b.PrependInt32, 4)
    node_in, node_out = ints(numbers, b.PrependInt32, 4), ints(outputs, b.PrependInt32, 4)
    options = None
    if case.options_type:
        b.StartObject(8)
        for field, kind, value in case.options:
            {'i8': b.PrependInt8Slot, 'i32': b.PrependInt32Slot, 'f32': b.PrependFloat32Slot}[kind](field, value, -77)
        options = b.EndObject()
    b.StartObject(9)
    b.PrependUOffsetTRelativeSlot(1, node_in, 0); b.PrependUOffsetTRelativeSlot(2, node_out, 0)
    if options:
        b.PrependUint8Slot(3, case.options_type, 0); b.PrependUOffsetTRelativeSlot(4, options, 0)
    if case.middle: b.PrependUOffsetTRelativeSlot(8, middle, 0)
    node = b.EndObject()
    b.StartObject(4)
    b.PrependInt8Slot(0, min(case.op, 127), 0); b.PrependInt32Slot(2, case.more.get('version', 1), 1); b.PrependInt32Slot(3, case.op, 0)
    code = b.EndObject()
    graph_in = ints([n for n, t in zip(numbers, case.inputs) if t.kind == 'input'], b.PrependInt32, 4)
    graph_out = ints(outputs, b.PrependInt32, 4)
    tensor_vector, node_vector = vector(tensor_offsets), vector([node])
    b.StartObject(5)
    for slot, offset in enumerate((tensor_vector, graph_in, graph_out, node_vector)): b.PrependUOffsetTRelativeSlot(slot, offset, 0)
    graph = b.EndObject()
    codes, graphs, all_buffers = vector([code]), vector([graph]), vector(buffer_offsets)
    b.StartObject(8)
    b.PrependUint32Slot(0, 3, 0); b.PrependUOffsetTRelativeSlot(1, codes, 0); b.PrependUOffsetTRelativeSlot(2, graphs, 0)
    b.PrependUOffsetTRelativeSlot(4, all_buffers, 0)
    b.Finish(b.EndObject(), file_identifier=b'TFL3')
    return bytes(b.Output())


def reference(case):
    import tensorflow as tf
    kinds = tf.lite.experimental.OpResolverType
    for kind in (kinds.BUILTIN_REF, kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES):  # a few have no reference registration
        try: run = tf.lite.Interpreter(model_content=model(case), experimental_op_resolver_type=kind); break
        except ValueError as e:
            if 'find op' not in str(e) or kind != kinds.BUILTIN_REF: raise
    run.allocate_tensors()
    details = run.get_input_details()
    given = [t for t in case.inputs if t.kind == 'input']
    for d, t in zip(details, given): run.set_tensor(d['index'], t.data)
    run.invoke()
    for d, t in zip(run.get_output_details(), case.outputs):
        t.data = run.get_tensor(d['index'])
        if list(t.data.shape) != t.shape: raise ValueError(f'{case.name}: output {t.data.shape}, stated {t.shape}')


def text(t, role):
    scale = ','.join(repr(float(np.float32(s))) for s in (t.scale if isinstance(t.scale, list) else [t.scale]))
    head = f"{role} {t.type} {'x'.join(map(str, t.shape)) or 'scalar'} {scale} {t.zero} {t.kind}"
    if t.kind in ('absent', 'variable') or role == 'mid': return head
    values = t.data.reshape(-1)
    return head + ''.join(' ' + (repr(float(v)) if t.type == 'f32' else str(int(v))) for v in values)


def compare(case, hone, folder):
    open(f'{folder}/m.tflite', 'wb').write(model(case))
    command = [hone, 'run', f'{folder}/m.tflite', '--output', folder]
    for i, t in enumerate(t for t in case.inputs if t.kind == 'input'):
        t.data.tofile(f'{folder}/in{i}'); command += ['--input', f'{folder}/in{i}']
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode: return done.stderr.strip()[:300]
    for i, t in enumerate(case.outputs):
        got = np.fromfile(f'{folder}/out{i}.bin', TYPES[t.type][1]).reshape(t.shape)
        if t.type == 'f32':
            bad = np.abs(got.astype(np.float64) - t.data) > case.more.get('tolerance', 1e-5) * np.maximum(1, np.abs(t.data))
            bad |= np.isnan(got) != np.isnan(t.data)
        else: bad = got != t.data
        if bad.any(): return f'output {i}: {bad.sum()} of {bad.size} differ: got {got[bad][:5]}, expected {t.data[bad][:5]}'
    return None


def main():
    parser = argparse.ArgumentParser(); parser.add_argument('--hone'); parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--only', default='')
    a = parser.parse_args()
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from operators import cases
    lines, bad = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(cases()):
            if a.only not in case.name: continue
            for seed in range(a.seeds if a.hone else 1):
                random = np.random.default_rng([number, seed])
                for t in case.inputs: t.fill(random)
                for t in case.outputs + case.middle: t.kind = 'result'
                try: reference(case)
                except (ValueError, RuntimeError) as e: print(f'{case.name}: the reference refuses: {str(e)[:200]}'); break
                if a.hone:
                    problem = compare(case, a.hone, folder)
                    if problem: bad += 1; print(f'{case.name}: {problem}'); break
            else:
                lines.append(f'case {case.name}\nop {case.op} {case.options_type}')
                lines += [f'option {f} {k} {v}' for f, k, v in case.options]
                if 'tolerance' in case.more: lines.append(f"tolerance {case.more['tolerance']}")
                for role, all_of_it in (('in', case.inputs), ('out', case.outputs), ('mid', case.middle)): lines += [text(t, role) for t in all_of_it]
    print(f"{sum(l.startswith('case') for l in lines)} cases, {bad} differ")
    if not a.hone:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'cases.txt'), 'w') as out: out.write('\n'.join(lines) + '\n')
    return bad != 0


if __name__ == '__main__': sys.exit(main())
