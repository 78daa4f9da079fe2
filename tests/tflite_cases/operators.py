"""The cases of make.py: numbers and options as in TensorFlow Lite's schema."""
from make import C, Case, I, Q, S, T, Tensor, V, absent

NONE = ('i8', 0)
SMALL = [('f32', lambda *s, **k: T('f32', *s, **k)), ('i8', lambda *s, **k: Q('i8', 0.05, -3, *s, **k)),
         ('u8', lambda *s, **k: Q('u8', 0.04, 120, *s, **k))]


def unary():
    for name, op, options, lo, hi in [('ABS', 101, 78, -3, 3), ('NEG', 59, 42, -3, 3), ('EXP', 47, 33, -3, 3), ('LOG', 73, 0, 0.1, 9),
                                      ('SQRT', 75, 0, 0, 9), ('RSQRT', 76, 0, 0.1, 9), ('SQUARE', 92, 66, -3, 3), ('FLOOR', 8, 0, -3, 3),
                                      ('CEIL', 104, 0, -3, 3), ('ROUND', 116, 0, -4, 4), ('SIN', 66, 0, -9, 9), ('COS', 108, 84, -9, 9),
                                      ('LOGISTIC', 14, 0, -9, 9), ('TANH', 28, 0, -4, 4), ('ELU', 111, 0, -4, 4),
                                      ('HARD_SWISH', 117, 91, -5, 5), ('SIGN', 158, 123, -2, 2), ('RELU_0_TO_1', 152, 0, -2, 2)]:
        yield Case(f'{name} f32', op, options, [], [T('f32', 2, 9, lo=lo, hi=hi)], [T('f32', 2, 9)])
    yield Case('ROUND ties', 116, 0, [], [T('f32', 8, values=[-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.49, -3.51])], [T('f32', 8)])
    for alpha in (0.2, 1.5): yield Case(f'LEAKY_RELU f32 {alpha}', 98, 75, [(0, 'f32', alpha)], [T('f32', 12)], [T('f32', 12)])
    for approximate in (0, 1): yield Case(f'GELU f32 {approximate}', 150, 116, [(0, 'i8', approximate)], [T('f32', 12)], [T('f32', 12)])
    for name, op, options, lo in [('NEG', 59, 42, -9), ('ABS', 101, 78, -9)]: yield Case(f'{name} i32', op, options, [], [T('i32', 7, lo=lo, hi=9)], [T('i32', 7)])
    every = dict(i8=list(range(-128, 128)), u8=list(range(256)))
    eight = [('LOGISTIC', 14, 0, [], 1 / 256, dict(i8=-128, u8=0)), ('TANH', 28, 0, [], 1 / 128, dict(i8=0, u8=128)),
             ('ELU', 111, 0, [], 0.05, dict(i8=-30)), ('EXP', 47, 33, [], 0.2, dict(i8=-120)), ('HARD_SWISH', 117, 91, [], 0.06, dict(i8=-60, u8=9)),
             ('LEAKY_RELU', 98, 75, [(0, 'f32', 0.3)], 0.04, dict(i8=-20, u8=70)), ('LEAKY_RELU negative', 98, 75, [(0, 'f32', -0.3)], 0.04, dict(i8=-20)),
             ('GELU', 150, 116, [(0, 'i8', 0)], 0.04, dict(i8=-100, u8=9)), ('GELU approximate', 150, 116, [(0, 'i8', 1)], 0.04, dict(i8=-100)),
             ('ABS', 101, 78, [], 0.06, dict(i8=-100)), ('RELU_0_TO_1', 152, 0, [], 0.01, dict(i8=-100, u8=3)), ('RELU6', 21, 0, [], 0.04, dict(i8=-100, u8=3))]
    for name, op, options, fields, scale, zeros in eight:
        for type, zero in zeros.items():
            x = Q(type, 0.05, -3 if type == 'i8' else 125, 256, values=every[type])
            yield Case(f'{name} {type}', op, options, fields, [x], [Q(type, scale, zero, 256)])
    positive = dict(values=list(range(-127, 128)))
    yield Case('LOG i8', 73, 0, [], [Q('i8', 0.05, -128, 255, **positive)], [Q('i8', 0.03, 10, 255)])
    yield Case('SQRT i8', 75, 0, [], [Q('i8', 0.05, -128, 255, **positive)], [Q('i8', 0.02, -128, 255)])
    yield Case('RSQRT i8', 76, 0, [], [Q('i8', 0.05, -128, 255, **positive)], [Q('i8', 0.02, -128, 255)])
    yield Case('LOGICAL_NOT', 87, 63, [], [T('bool', 5)], [T('bool', 5)])


def binary():
    shapes = [('', [2, 5], [2, 5], [2, 5]), (' row', [3, 4], [4], [3, 4]), (' column', [3, 1], [3, 4], [3, 4]),
              (' both', [2, 1, 3], [1, 4, 1], [2, 4, 3]), (' scalar', [2, 3], [], [2, 3])]
    for name, op, options, types in [('ADD', 0, 11, 'f32 i8 u8 i32 i64'), ('SUB', 41, 28, 'f32 i8 u8 i32 i64'), ('MUL', 18, 21, 'f32 i8 u8 i32 i64'),
                                     ('DIV', 42, 29, 'f32 u8 i32')]:
        for type in types.split():
            for suffix, a, b, y in shapes:
                for act in ((0, 1) if suffix == '' else (0,)):
                    divisor = dict(lo=1, hi=9) if op == 42 and type == 'i32' else dict(lo=130, hi=255) if op == 42 and type == 'u8' else {}
                    dividend = dict(lo=8, hi=255) if op == 42 and type == 'u8' else {}  # 0 shifts by more than 31 bits there
                    q = lambda s, z: (s, z) if type in ('i8', 'u8') else (0.0, 0)
                    (sa, za), (sb, zb), (sy, zy) = q(0.05, 7), q(0.021, 100), q(0.07, 20)
                    yield Case(f'{name} {type}{suffix} {act}', op, options, [(0, 'i8', act)],
                               [Tensor(type, a, sa, za, **dividend), Tensor(type, b, sb, zb, **divisor)], [Tensor(type, y, sy, zy)])
    for name, op, options, types in [('MAXIMUM', 55, 39, 'f32 i8 u8 i32 i64'), ('MINIMUM', 57, 39, 'f32 i8 u8 i32 i64'), ('POW', 78, 56, 'i32'),
                                     ('SQUARED_DIFFERENCE', 99, 76, 'f32 i8 i32'), ('FLOOR_DIV', 90, 65, 'f32 i32'), ('FLOOR_MOD', 95, 72, 'f32 i32 i64')]:
        for type in types.split():
            for suffix, a, b, y in shapes[:4]:
                more = dict(lo=0, hi=4) if op == 78 else dict(lo=1, hi=6) if op in (90, 95) else {}
                q = (0.05, 7) if type in ('i8', 'u8') else (0.0, 0)
                qb = (0.02, -4) if type == 'i8' and op == 99 else q
                yield Case(f'{name} {type}{suffix}', op, options, [], [Tensor(type, a, *q), Tensor(type, b, *qb, **more)], [Tensor(type, y, *((0.3, -100) if op == 99 and type == 'i8' else q))])
    yield Case('POW f32', 78, 56, [], [T('f32', 6, lo=0.1, hi=4), T('f32', 6)], [T('f32', 6)], tolerance=1e-4)
    yield Case('FLOOR_MOD negative', 95, 72, [], [T('i32', 6), T('i32', 6, values=[-3, 2, -5, 7, -1, 4])], [T('i32', 6)])
    yield Case('FLOOR_DIV negative', 90, 65, [], [T('i32', 6), T('i32', 6, values=[-3, 2, -5, 7, -1, 4])], [T('i32', 6)])
    for name, op, options in [('LESS', 58, 41), ('GREATER', 61, 44), ('GREATER_EQUAL', 62, 45), ('LESS_EQUAL', 63, 46), ('EQUAL', 71, 53), ('NOT_EQUAL', 72, 54)]:
        for type in 'f32 i8 u8 i32 i64'.split():
            for suffix, a, b, y in (shapes[0], shapes[3]):
                q, qb = ((0.05, 7), (0.1, 3)) if type in ('i8', 'u8') else ((0.0, 0), (0.0, 0))
                more = dict(lo=0, hi=3) if type not in ('i8', 'u8') else dict(lo=0, hi=30)
                yield Case(f'{name} {type}{suffix}', op, options, [], [Tensor(type, a, *q, **more), Tensor(type, b, *qb, **more)], [T('bool', *y)])
    for name, op, options in [('LOGICAL_OR', 84, 60), ('LOGICAL_AND', 86, 62)]:
        for suffix, a, b, y in (shapes[0], shapes[3]): yield Case(f'{name}{suffix}', op, options, [], [T('bool', *a), T('bool', *b)], [T('bool', *y)])
    yield Case('PRELU f32', 54, 0, [], [T('f32', 1, 2, 3, 4), C(T('f32', 1, 1, 4))], [T('f32', 1, 2, 3, 4)])
    yield Case('PRELU i8', 54, 0, [], [Q('i8', 0.05, 7, 1, 2, 3, 4), C(Q('i8', 0.01, 2, 1, 1, 4))], [Q('i8', 0.04, -5, 1, 2, 3, 4)])
    yield Case('PRELU u8', 54, 0, [], [Q('u8', 0.05, 100, 1, 2, 3, 4), C(Q('u8', 0.01, 120, 1, 1, 4))], [Q('u8', 0.04, 90, 1, 2, 3, 4)])
    for type in 'f32 i8 i32 i64'.split():
        yield Case(f'SELECT {type}', 64, 47, [], [T('bool', 2, 3), T(type, 2, 3), T(type, 2, 3)], [T(type, 2, 3)])
        yield Case(f'SELECT_V2 {type}', 123, 98, [], [T('bool', 2, 1), T(type, 1, 3), T(type, 2, 1, 3)], [T(type, 2, 2, 3)])
    yield Case('SELECT leading', 64, 47, [], [T('bool', 3), T('f32', 3, 2), T('f32', 3, 2)], [T('f32', 3, 2)])


def reductions():
    for name, op, types in [('MEAN', 40, 'f32 i8 u8 i32 i64'), ('SUM', 74, 'f32 i8 u8 i32 i64'), ('REDUCE_MAX', 82, 'f32 i8 u8 i32'), ('REDUCE_MIN', 89, 'f32 i8 u8 i32'), ('REDUCE_PROD', 81, 'f32 i32')]:
        for type in types.split():
            for axes in [(1, 2), (1,), (3,), (0, -1), (2, 0), (0, 1, 2, 3)]:
                for keep in (1, 0):
                    gone = [a % 4 for a in axes]
                    out = [1 if d in gone else n for d, n in enumerate((2, 3, 2, 3)) if keep or d not in gone]
                    if (name, type) == ('SUM', 'i8'): continue  # 2.21 reads s8 as u8 here, against its own header
                    rescaled = name in ('MEAN', 'SUM') and type in ('i8', 'u8')
                    q = (0.05, 7) if type in ('i8', 'u8') else (0.0, 0)
                    small = dict(lo=-2, hi=2) if name == 'REDUCE_PROD' else {}
                    yield Case(f'{name} {type} {axes} {keep}', op, 27, [(0, 'i8', keep)], [Tensor(type, [2, 3, 2, 3], *q, **small), I(*axes)],
                               [Tensor(type, out, *((0.11 if name == 'MEAN' else 0.4, 20) if rescaled else q))], tolerance=1e-4)
    for keep in (1, 0):
        yield Case(f'MEAN i8 same {keep}', 40, 27, [(0, 'i8', keep)], [Q('i8', 0.05, 7, 2, 3, 4, 5), I(1, 2)], [Q('i8', 0.05, 7, *([2, 1, 1, 5] if keep else [2, 5]))])
        yield Case(f'REDUCE_PROD i8 {keep}', 81, 27, [(0, 'i8', keep)], [Q('i8', 0.05, 7, 2, 3, 5), I(1)], [Q('i8', 0.4, 7, *([2, 1, 5] if keep else [2, 5]))], version=2)
    for name, op in [('REDUCE_ANY', 91), ('REDUCE_ALL', 140)]: yield Case(name, op, 27, [(0, 'i8', 0)], [T('bool', 4, 2), I(1)], [T('bool', 4)])
    for name, op, options in [('ARG_MAX', 56, 40), ('ARG_MIN', 79, 57)]:
        for type in 'f32 i8 u8 i32'.split():
            for axis, out in ((0, [3, 4]), (1, [2, 4]), (-1, [2, 3])):
                for wide, result in ((2, 'i32'), (4, 'i64')): yield Case(f'{name} {type} {axis} {result}', op, options, [(0, 'i8', wide)], [T(type, 2, 3, 4, lo=0, hi=5), S(axis)], [T(result, *out)])
    for exclusive in (0, 1):
        for reverse in (0, 1): yield Case(f'CUMSUM {exclusive} {reverse}', 128, 102, [(0, 'i8', exclusive), (1, 'i8', reverse)], [T('f32', 2, 3, 2), S(1)], [T('f32', 2, 3, 2)])
    yield Case('CUMSUM i32', 128, 102, [(0, 'i8', 0), (1, 'i8', 0)], [T('i32', 2, 3), S(-1)], [T('i32', 2, 3)])
    for type in 'f32 i8 u8 i32 i64'.split(): yield Case(f'TOPK_V2 {type}', 48, 34, [], [T(type, 2, 6), S(3)], [T(type, 2, 3), T('i32', 2, 3)])
    yield Case('L2_NORMALIZATION f32', 11, 12, [(0, 'i8', 0)], [T('f32', 2, 5)], [T('f32', 2, 5)])
    yield Case('L2_NORMALIZATION i8', 11, 12, [(0, 'i8', 0)], [Q('i8', 0.05, 3, 3, 5)], [Q('i8', 1 / 128, 0, 3, 5)], version=2)
    yield Case('L2_NORMALIZATION u8', 11, 12, [(0, 'i8', 0)], [Q('u8', 0.05, 130, 3, 5)], [Q('u8', 1 / 128, 128, 3, 5)])
    yield Case('LOG_SOFTMAX f32', 50, 36, [], [T('f32', 2, 5)], [T('f32', 2, 5)])
    for a, b, adj_a, adj_b, y in [([2, 3, 4], [2, 4, 5], 0, 0, [2, 3, 5]), ([2, 4, 3], [2, 5, 4], 1, 1, [2, 3, 5]), ([1, 2, 3, 4], [3, 1, 4, 2], 0, 0, [3, 2, 3, 2])]:
        options = [(0, 'i8', adj_a), (1, 'i8', adj_b)]
        yield Case(f'BATCH_MATMUL f32 {a} {b}', 126, 101, options, [T('f32', *a), T('f32', *b)], [T('f32', *y)], tolerance=1e-4)
        yield Case(f'BATCH_MATMUL i8 {a} {b}', 126, 101, options, [Q('i8', 0.05, 3, *a), Q('i8', 0.04, -2, *b)], [Q('i8', 0.3, 9, *y)], version=2)


def images():
    for corners, half in ((0, 0), (1, 0), (0, 1)):
        for type, make in SMALL:
            for x, y in (([1, 3, 4, 2], [7, 5]), ([2, 5, 6, 1], [2, 3]), ([1, 1, 1, 3], [2, 2])):
                out = [x[0], *y, x[3]]
                yield Case(f'RESIZE_BILINEAR {type} {corners}{half} {x} {y}', 23, 15, [(2, 'i8', corners), (3, 'i8', half)], [make(*x), I(*y)], [make(*out)], version=3)
                yield Case(f'RESIZE_NEAREST_NEIGHBOR {type} {corners}{half} {x} {y}', 97, 74, [(0, 'i8', corners), (1, 'i8', half)], [make(*x), I(*y)], [make(*out)], version=3)
    for padding, stride, y in ((0, 2, [1, 4, 6, 3]), (1, 2, [1, 5, 7, 3]), (0, 1, [1, 2, 3, 3]), (1, 3, [1, 6, 9, 3])):
        options = [(0, 'i8', padding), (1, 'i32', stride), (2, 'i32', stride), (3, 'i8', 0)]
        for bias in (True, False):
            more = lambda t: [C(t)] if bias else []
            yield Case(f'TRANSPOSE_CONV f32 {padding} {stride} {bias}', 67, 49, options, [I(*y), C(T('f32', 3, 3, 3, 2)), T('f32', 1, 2, 3, 2)] + more(T('f32', 3)), [T('f32', *y)], version=3, tolerance=1e-4)
            yield Case(f'TRANSPOSE_CONV i8 {padding} {stride} {bias}', 67, 49, options, [I(*y), C(Q('i8', [0.02, 0.03, 0.01], 0, 3, 3, 3, 2, lo=-127, hi=127)), Q('i8', 0.05, 3, 1, 2, 3, 2)] +
                       more(Tensor('i32', [3], [0.001, 0.0015, 0.0005], 0, lo=-2000, hi=2000)), [Q('i8', 0.5, -4, *y)], version=3)
            yield Case(f'TRANSPOSE_CONV u8 {padding} {stride} {bias}', 67, 49, options, [I(*y), C(Q('u8', 0.02, 120, 3, 3, 3, 2)), Q('u8', 0.05, 100, 1, 2, 3, 2)] +
                       more(Tensor('i32', [3], 0.001, 0, lo=-2000, hi=2000)), [Q('u8', 0.5, 110, *y)], version=3)
    for type, make in SMALL:
        yield Case(f'SPACE_TO_DEPTH {type}', 26, 19, [(0, 'i32', 2)], [make(1, 4, 6, 3)], [make(1, 2, 3, 12)])
        yield Case(f'DEPTH_TO_SPACE {type}', 5, 94, [(0, 'i32', 2)], [make(1, 2, 3, 12)], [make(1, 4, 6, 3)])
        yield Case(f'SPACE_TO_BATCH_ND {type}', 38, 25, [], [make(1, 4, 5, 2), I(2, 3), I(1, 1, 0, 1, shape=[2, 2])], [make(6, 3, 2, 2)])
        yield Case(f'BATCH_TO_SPACE_ND {type}', 37, 24, [], [make(6, 3, 2, 2), I(2, 3), I(1, 1, 0, 1, shape=[2, 2])], [make(1, 4, 5, 2)])
        yield Case(f'SPACE_TO_BATCH_ND rank 3 {type}', 38, 25, [], [make(2, 5, 2), I(3), I(2, 2, shape=[1, 2])], [make(6, 3, 2)])


def layout():
    for type, make in SMALL + [('i32', lambda *s, **k: T('i32', *s, **k)), ('i64', lambda *s, **k: T('i64', *s, **k)), ('bool', lambda *s, **k: T('bool', *s, **k))]:
        yield Case(f'TRANSPOSE {type}', 39, 26, [], [make(2, 3, 4), I(2, 0, 1)], [make(4, 2, 3)])
        yield Case(f'TRANSPOSE rank 4 {type}', 39, 26, [], [make(2, 3, 2, 2), I(0, 3, 1, 2)], [make(2, 2, 3, 2)])
        yield Case(f'SLICE {type}', 65, 48, [], [make(3, 4, 2), I(1, 0, 1), I(2, 3, -1)], [make(2, 3, 1)])
        yield Case(f'STRIDED_SLICE {type}', 45, 32, [(0, 'i32', 0), (1, 'i32', 0)], [make(4, 5), I(1, 4), I(4, 0), I(2, -2)], [make(2, 2)])
        yield Case(f'STRIDED_SLICE masks {type}', 45, 32, [(0, 'i32', 1), (1, 'i32', 4), (4, 'i32', 2)], [make(3, 4, 5), I(9, -1, 1), I(2, 0, 0), I(1, 1, 3)], [make(2, 2)])
        yield Case(f'SPLIT {type}', 49, 35, [(0, 'i32', 3)], [S(1), make(2, 6)], [make(2, 2), make(2, 2), make(2, 2)])
        yield Case(f'UNPACK {type}', 88, 64, [(0, 'i32', 3), (1, 'i32', 1)], [make(2, 3, 2)], [make(2, 2), make(2, 2), make(2, 2)])
        yield Case(f'PACK {type}', 83, 59, [(0, 'i32', 3), (1, 'i32', -1)], [make(2, 2), make(2, 2), make(2, 2)], [make(2, 2, 3)])
        yield Case(f'GATHER {type}', 36, 23, [(0, 'i32', 1), (1, 'i32', 0)], [make(2, 4, 2), T('i32', 2, 2, lo=0, hi=3)], [make(2, 2, 2, 2)])
        if type not in ('i8', 'u8'): yield Case(f'TILE {type}', 69, 51, [], [make(2, 3), I(2, 3)], [make(4, 9)])
        if type != 'u8': yield Case(f'REVERSE_V2 {type}', 105, 81, [], [make(2, 3, 2), I(1)], [make(2, 3, 2)])
        if type not in ('i8', 'u8', 'bool'): yield Case(f'FILL {type}', 94, 68, [], [I(2, 3), make()], [make(2, 3)])
        yield Case(f'BROADCAST_TO {type}', 130, 104, [], [make(3, 1), I(2, 3, 4)], [make(2, 3, 4)], version=3)
        if type != 'bool': yield Case(f'GATHER_ND {type}', 107, 83, [], [make(3, 4, 2), T('i32', 3, 2, lo=0, hi=2)], [make(3, 2)])
        if type != 'bool': yield Case(f'CONCATENATION {type}', 2, 10, [(0, 'i32', 1), (1, 'i8', 0)], [make(2, 2), make(2, 1), make(2, 3)], [make(2, 6)])
        if type != 'bool': yield Case(f'PAD {type}', 34, 22, [], [make(2, 3), I(1, 0, 0, 2, shape=[2, 2])], [make(3, 5)])
        if type != 'bool': yield Case(f'MIRROR_PAD {type}', 100, 77, [(0, 'i8', 0)], [make(3, 4), I(2, 1, 0, 3, shape=[2, 2])], [make(6, 7)])
        if type != 'bool': yield Case(f'MIRROR_PAD symmetric {type}', 100, 77, [(0, 'i8', 1)], [make(3, 4), I(2, 1, 0, 3, shape=[2, 2])], [make(6, 7)])
        if type not in ('bool', 'i8', 'u8'): yield Case(f'ZEROS_LIKE {type}', 93, 67, [], [make(2, 3)], [make(2, 3)])
    yield Case('CONCATENATION u8 rescaled', 2, 10, [(0, 'i32', 0), (1, 'i8', 0)], [Q('u8', 0.05, 100, 9), Q('u8', 0.02, 3, 9), Q('u8', 0.04, 90, 9)], [Q('u8', 0.04, 90, 27)])
    yield Case('PADV2 f32', 60, 43, [], [T('f32', 2, 3), I(1, 0, 0, 2, shape=[2, 2]), C(T('f32', values=[2.5]))], [T('f32', 3, 5)])
    yield Case('PADV2 i8', 60, 43, [], [Q('i8', 0.05, -3, 2, 3), I(1, 0, 0, 2, shape=[2, 2]), C(Q('i8', 0.05, -3, values=[44]))], [Q('i8', 0.05, -3, 3, 5)])
    yield Case('SPLIT_V', 102, 79, [(0, 'i32', 2)], [T('f32', 2, 5), I(2, 3), S(1)], [T('f32', 2, 2), T('f32', 2, 3)])
    yield Case('STRIDED_SLICE ellipsis', 45, 32, [(2, 'i32', 1)], [T('f32', 2, 3, 4), I(0, 1), I(0, 3), I(1, 1)], [T('f32', 2, 3, 2)])
    yield Case('STRIDED_SLICE new axis', 45, 32, [(3, 'i32', 1)], [T('f32', 3, 4), I(0, 1), I(0, 3), I(1, 1)], [T('f32', 1, 2, 4)])
    yield Case('STRIDED_SLICE backwards', 45, 32, [(0, 'i32', 1), (1, 'i32', 1)], [T('f32', 5), I(0), I(0), I(-1)], [T('f32', 5)])
    yield Case('GATHER batch', 36, 23, [(0, 'i32', 2), (1, 'i32', 1)], [T('f32', 2, 3, 4), T('i32', 2, 2, lo=0, hi=3)], [T('f32', 2, 3, 2)])
    yield Case('ONE_HOT', 85, 61, [(0, 'i32', -1)], [T('i32', 4, lo=0, hi=4), S(3), C(T('f32', values=[5])), C(T('f32', values=[-1]))], [T('f32', 4, 3)])
    yield Case('ONE_HOT axis', 85, 61, [(0, 'i32', 0)], [T('i64', 4, lo=0, hi=4), S(3), C(T('i32', values=[5])), C(T('i32', values=[-1]))], [T('i32', 3, 4)])
    yield Case('EMBEDDING_LOOKUP', 7, 0, [], [T('i32', 3, lo=0, hi=3), C(T('f32', 4, 2))], [T('f32', 3, 2)])
    for a, b in [('f32', 'i32'), ('i32', 'f32'), ('f32', 'u8'), ('bool', 'f32'), ('i32', 'bool'), ('i64', 'i32'), ('i8', 'f32'), ('f32', 'i64'), ('u8', 'i32')]:
        positive = dict(lo=0, hi=9) if b == 'u8' else {}
        yield Case(f'CAST {a} {b}', 53, 37, [(0, 'i8', 0), (1, 'i8', 0)], [T(a, 6, **positive)], [T(b, 6)])




def lstm_f32(name, coupled=False, peephole=False, projection=False, norm=False, time_major=0, weights=lambda t: t, tolerance=1e-5):
    batch, time, inputs, cells = 2, 3, 4, 5
    outputs = 3 if projection else cells
    matrix = lambda rows, columns: weights(C(T('f32', rows, columns, lo=-1, hi=1)))
    vector = lambda use=True: C(T('f32', cells, lo=-1, hi=1)) if use else absent()[0]
    gate = lambda g, make: absent()[0] if coupled and g == 0 else make()
    x = [time, batch, inputs] if time_major else [batch, time, inputs]
    all_inputs = [T('f32', *x)] + [gate(g, lambda: matrix(cells, inputs)) for g in range(4)] + [gate(g, lambda: matrix(cells, outputs)) for g in range(4)]
    all_inputs += [gate(g, lambda: vector(peephole)) for g in range(3)] + [gate(g, vector) for g in range(4)]
    all_inputs += ([matrix(outputs, cells), C(T('f32', outputs))] if projection else absent(2)) + [V(T('f32', batch, outputs)), V(T('f32', batch, cells))]
    all_inputs += [gate(g, lambda: vector(norm)) for g in range(4)]
    options = [(0, 'i8', 4), (1, 'f32', 0.6 if peephole else 0.0), (2, 'f32', 0.4 if projection else 0.0), (3, 'i8', time_major)]
    return Case(f'UNIDIRECTIONAL_SEQUENCE_LSTM {name}', 44, 71, options, all_inputs, [T('f32', *x[:2], outputs)], tolerance=tolerance)


def lstm_i8(name, projection=False, peephole=False, coupled=False):
    batch, time, inputs, cells = 2, 3, 6, 5
    outputs = 4 if projection else cells
    matrix = lambda rows, columns: C(Q('i8', 0.01, 0, rows, columns, lo=-127, hi=127))
    vector = lambda use=True: C(Q('i16', 0.0001, 0, cells, lo=-9000, hi=9000)) if use else absent()[0]
    gate = lambda g, make: absent()[0] if coupled and g == 0 else make()
    bias = lambda: C(T('i32', cells, lo=-3000, hi=3000))
    all_inputs = [Q('i8', 0.03, 5, batch, time, inputs)] + [gate(g, lambda: matrix(cells, inputs)) for g in range(4)] + [gate(g, lambda: matrix(cells, outputs)) for g in range(4)]
    all_inputs += [gate(g, lambda: vector(peephole)) for g in range(3)] + [gate(g, bias) for g in range(4)]
    all_inputs += ([matrix(outputs, cells), C(T('i32', outputs, lo=-900, hi=900))] if projection else absent(2))
    all_inputs += [V(Q('i8', 0.007, -9, batch, outputs)), V(Q('i16', 2.0 ** -11, 0, batch, cells))] + absent(4)
    middle = [Q('i16', 0.001, 0, 1) for _ in range(4)] + [Q('i8', 0.009 if projection else 0.0075, 3 if projection else -9, 1)]
    return Case(f'UNIDIRECTIONAL_SEQUENCE_LSTM i8 {name}', 44, 71, [(0, 'i8', 4), (1, 'f32', 8.0), (2, 'f32', 0.5 if projection else 0.0), (3, 'i8', 0)], all_inputs,
                [Q('i8', 0.007, -9, batch, time, outputs)], middle=middle)


def memory():
    yield lstm_f32('plain')
    yield lstm_f32('time major', time_major=1)
    yield lstm_f32('peephole, clipped', peephole=True)
    yield lstm_f32('projection', projection=True)
    yield lstm_f32('coupled, normalised', coupled=True, norm=True, tolerance=1e-4)
    yield lstm_f32('everything', peephole=True, projection=True, norm=True, tolerance=1e-4)
    yield lstm_i8('plain')
    yield lstm_i8('projection', projection=True)
    yield lstm_i8('peephole', peephole=True)
    yield lstm_i8('coupled', coupled=True)
    for rank in (1, 2):
        for activation in (0, 1):
            yield Case(f'SVDF f32 {rank} {activation}', 27, 6, [(0, 'i32', rank), (1, 'i8', activation)], [T('f32', 2, 3), C(T('f32', 4, 3)), C(T('f32', 4, 5)), C(T('f32', 4 // rank)), V(T('f32', 2, 20))],
                       [T('f32', 2, 4 // rank)], tolerance=1e-4)
        yield Case(f'SVDF i8 {rank}', 27, 6, [(0, 'i32', rank), (1, 'i8', 1)],
                   [Q('i8', 0.05, 3, 2, 3), C(Q('i8', 0.01, 0, 4, 3, lo=-127, hi=127)), C(Q('i16', 0.0005, 0, 4, 5, lo=-3000, hi=3000)), C(Tensor('i32', [4 // rank], 0.0000005, 0, lo=-9000, hi=9000)), V(Q('i16', 0.001, 0, 2, 20))],
                   [Q('i8', 0.01, -100, 2, 4 // rank)], version=3)


def dynamic_range():
    """Weights in 8 bits beside f32: TensorFlow Lite rounds the activations to 8 bits, Hone does not."""
    weights = lambda scales, *shape: C(Q('i8', scales, 0, *shape, lo=-127, hi=127))
    window = [(0, 'i8', 0), (1, 'i32', 1), (2, 'i32', 1)]
    yield Case('FULLY_CONNECTED f32 i8', 9, 8, [(0, 'i8', 1)], [T('f32', 2, 6), weights(0.01, 4, 6), C(T('f32', 4))], [T('f32', 2, 4)], tolerance=0.1)
    yield Case('CONV_2D f32 i8', 3, 1, window, [T('f32', 1, 4, 4, 2), weights([0.004, 0.007, 0.005], 3, 3, 3, 2), C(T('f32', 3))], [T('f32', 1, 4, 4, 3)], tolerance=0.1, version=2)
    yield lstm_f32('f32 i8', weights=lambda t: weights(0.008, *t.shape), tolerance=0.1)
    yield Case('BATCH_MATMUL f32 i8', 126, 101, [(0, 'i8', 0), (1, 'i8', 0)], [T('f32', 1, 3, 4), weights(0.01, 1, 4, 5)], [T('f32', 1, 3, 5)], tolerance=0.1, version=2)


def cases():
    for family in (unary, binary, reductions, images, layout, memory, dynamic_range): yield from family()
