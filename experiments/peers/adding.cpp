// Row 4-1, the adding problem, written by hand for SIMD: the yardstick of scripts/benchmark.
//
// A vector holds one number of each of 16 trials, or of 8 without AVX-512, and all that a sequence needs stays in the
// core's own cache. Memory blocks and the truncated gradient are those of appendix A.1; one change of the weights per
// sequence. Sequences come from the generator of our engine, Threefry-2x32 with 20 rounds, or from a cheap one,
// xorshift128.

#include <cmath>
#include <cstdint>
#include <cstring>

namespace {

#ifdef __AVX512F__
constexpr int LANES = 16;
#else
constexpr int LANES = 8;
#endif
typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef uint32_t Words __attribute__((vector_size(4 * LANES)));

constexpr int T = 100, LONGEST = 110, DRAWS = LONGEST + 3, HALF = (DRAWS + 1) / 2;
constexpr int BLOCKS = 2, CELLS = 4, INPUTS = 2;
constexpr int HIDDEN = CELLS + 2 * BLOCKS;     // cell outputs, input gates, output gates
constexpr int SOURCES = INPUTS + HIDDEN + 1;   // the last one is the bias
constexpr float RATE = 0.5f;

struct Weights {  // as our engine has them, row after row
    Floats input_gate[BLOCKS][SOURCES], output_gate[BLOCKS][SOURCES], cell[CELLS][SOURCES], output[CELLS + 1];
};
constexpr int COUNT = sizeof(Weights) / sizeof(Floats);

struct Lesson {
    Floats values[DRAWS];
    Ints length, first, second;
    Floats target;
};

struct State {
    Floats input_gate[BLOCKS], output_gate[BLOCKS], cell_input[CELLS], squashed[CELLS], state[CELLS], shown[CELLS];
    Floats by_cell[CELLS][SOURCES], by_input_gate[CELLS][SOURCES];  // d s / d w
};

inline Floats all(float x) { return x - Floats{}; }
inline Floats choose(Ints condition, Floats a, Floats b) { return condition ? a : b; }
inline Floats floats(Ints x) { return __builtin_convertvector(x, Floats); }

// exp(x) = 2^n exp(r) with |r| <= ln(2)/2, where a polynomial is right to the last bits of a float.
inline Floats exponential(Floats x) {
    x = choose(x < -87.0f, all(-87.0f), choose(x > 87.0f, all(87.0f), x));
    const Floats magic = all(12582912.0f);  // adding 1.5 * 2^23 rounds to an integer
    const Floats shifted = x * 1.44269504f + magic, n = shifted - magic;
    const Floats r = x - n * 0.693359375f + n * 2.12194440e-4f;
    Floats p = all(1.0f / 720);
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    return (Floats)((Ints)p + (__builtin_convertvector(n, Ints) << 23));
}

inline Floats logistic(Floats x) { return 1.0f / (1.0f + exponential(-x)); }

inline Words rotated(Words x, int bits) { return (x << bits) | (x >> (32 - bits)); }

inline void threefry(const Words key[2], Words& a, Words& b) {
    static const int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
    const Words words[3] = {key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDAu};
    a += words[0];
    b += words[1];
#pragma GCC unroll 5
    for (int group = 0; group < 5; group++) {
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            a += b;
            b = a ^ rotated(b, rotations[group % 2][i]);
        }
        a += words[(group + 1) % 3];
        b += words[(group + 2) % 3] + (uint32_t)(group + 1);
    }
}

inline Floats unit(Words bits) { return (Floats)((bits >> 9) | 0x3F800000u) - 1.0f; }

// Numbers in [0, 1): those of our engine for this trial and this sequence.
inline void draw(const Words trial[2], uint32_t number, Floats draws[2 * HALF]) {
    Words key[2] = {Words{}, Words{} + number};
    threefry(trial, key[0], key[1]);
    for (uint32_t i = 0; i < HALF; i++) {
        Words a = Words{} + i, b = Words{} + (i + HALF);
        threefry(key, a, b);
        draws[i] = unit(a);
        draws[i + HALF] = unit(b);
    }
}

inline void draw_cheaply(Words state[4], Floats draws[2 * HALF]) {
    for (int i = 0; i < DRAWS; i++) {
        Words t = state[3] ^ (state[3] << 11);
        state[3] = state[2];
        state[2] = state[1];
        state[1] = state[0];
        state[0] ^= (state[0] >> 19) ^ t ^ (t >> 8);
        draws[i] = unit(state[0]);
    }
}

inline Ints below(Floats draw, int count) { return __builtin_convertvector(draw * (float)count, Ints); }

inline void prepare(const Floats draws[2 * HALF], Lesson& lesson) {
    lesson.length = T + below(draws[0], LONGEST - T + 1);
    lesson.first = below(draws[1], 10);
    lesson.second = below(draws[2], T / 2 - 1);
    lesson.second = lesson.second - (lesson.second >= lesson.first);  // true is -1
    for (int t = 0; t < LONGEST; t++) lesson.values[t] = draws[3 + t] * 2.0f - 1.0f;
    for (int lane = 0; lane < LANES; lane++) {
        const int one = lesson.first[lane], two = lesson.second[lane];
        const float x1 = one ? lesson.values[one][lane] : 0, x2 = two ? lesson.values[two][lane] : 0;
        lesson.target[lane] = 0.5f + (x1 + x2) / 4;
    }
}

inline void look(const Lesson& lesson, const State& state, Ints t, Floats value, Floats sources[SOURCES]) {
    const Ints marked = (t == lesson.first) | (t == lesson.second), end = (t == 0) | (t == lesson.length - 1);
    sources[0] = value;
    sources[1] = choose(marked & (t != 0), all(1), choose(end, all(-1), all(0)));
    std::memcpy(&sources[INPUTS], state.shown, sizeof state.shown);
    std::memcpy(&sources[INPUTS + CELLS], state.input_gate, sizeof state.input_gate);
    std::memcpy(&sources[INPUTS + CELLS + BLOCKS], state.output_gate, sizeof state.output_gate);
    sources[SOURCES - 1] = all(1);
}

template <int UNITS>
inline void sums(const Floats weights[UNITS][SOURCES], const Floats sources[SOURCES], Floats nets[UNITS]) {
#pragma GCC unroll 4
    for (int unit = 0; unit < UNITS; unit++) {
        Floats net = weights[unit][SOURCES - 1];
#pragma GCC unroll 10
        for (int i = 0; i < SOURCES - 1; i++) net += weights[unit][i] * sources[i];
        nets[unit] = net;
    }
}

// One step of the lanes that are active, and of the derivatives of their states.
inline void step(const Weights& weights, const Floats sources[SOURCES], Ints active, State& state) {
    Floats in[BLOCKS], out[BLOCKS], cell[CELLS];
    sums<BLOCKS>(weights.input_gate, sources, in);
    sums<BLOCKS>(weights.output_gate, sources, out);
    sums<CELLS>(weights.cell, sources, cell);
#pragma GCC unroll 2
    for (int b = 0; b < BLOCKS; b++) {
        state.input_gate[b] = choose(active, logistic(in[b]), state.input_gate[b]);
        state.output_gate[b] = choose(active, logistic(out[b]), state.output_gate[b]);
    }
#pragma GCC unroll 4
    for (int c = 0; c < CELLS; c++) {
        const Floats gate = state.input_gate[c / 2], y = logistic(cell[c]), g = 4.0f * y - 2.0f;
        const Floats by_cell = choose(active, gate * 4.0f * y * (1.0f - y), all(0));
        const Floats by_gate = choose(active, g * gate * (1.0f - gate), all(0));
        state.state[c] += choose(active, gate * g, all(0));
        state.squashed[c] = 2.0f * logistic(state.state[c]) - 1.0f;
        state.shown[c] = state.output_gate[c / 2] * state.squashed[c];
#pragma GCC unroll 11
        for (int i = 0; i < SOURCES; i++) {
            state.by_cell[c][i] += by_cell * sources[i];
            state.by_input_gate[c][i] += by_gate * sources[i];
        }
    }
}

// The error at the end, turned into a change of the weights; returns the absolute error.
inline Floats learn(const Lesson& lesson, const Floats sources[SOURCES], const State& state, Weights& weights) {
    Floats net = weights.output[CELLS];
    for (int c = 0; c < CELLS; c++) net += weights.output[c] * state.shown[c];
    const Floats output = logistic(net), error = output - lesson.target;
    const Floats delta = error * output * (1.0f - output);
    Floats at_gate[BLOCKS] = {};
    for (int c = 0; c < CELLS; c++) {
        const Floats at_cell = weights.output[c] * delta, h = state.squashed[c], gate = state.output_gate[c / 2];
        const Floats at_state = at_cell * gate * (1.0f + h) * (1.0f - h) * 0.5f;
        at_gate[c / 2] += at_cell * h * gate * (1.0f - gate);
        for (int i = 0; i < SOURCES; i++) {
            weights.cell[c][i] -= RATE * at_state * state.by_cell[c][i];
            weights.input_gate[c / 2][i] -= RATE * at_state * state.by_input_gate[c][i];
        }
        weights.output[c] -= RATE * delta * state.shown[c];
    }
    weights.output[CELLS] -= RATE * delta;
    for (int b = 0; b < BLOCKS; b++)
        for (int i = 0; i < SOURCES; i++) weights.output_gate[b][i] -= RATE * at_gate[b] * sources[i];
    return error < 0.0f ? -error : error;
}

inline Floats show(const Lesson& lesson, Weights& weights) {
    State state = {};
    Floats sources[SOURCES], value = {};
    int longest = 0;
    for (int lane = 0; lane < LANES; lane++) {
        longest = lesson.length[lane] > longest ? lesson.length[lane] : longest;
        value[lane] = lesson.values[lesson.length[lane] - 1][lane];
    }
    for (int t = 0; t < longest - 1; t++) {
        const Ints now = Ints{} + t;
        look(lesson, state, now, lesson.values[t], sources);
        step(weights, sources, now < lesson.length - 1, state);
    }
    look(lesson, state, lesson.length - 1, value, sources);
    step(weights, sources, Ints{} - 1, state);
    return learn(lesson, sources, state, weights);
}

}  // namespace

// Train trials, a vector of them at a time, on sequences number `first` to `first + sequences - 1`.
//   keys: [2][trials], as our engine has them; with `cheap`, what the cheap generator starts from
//   weights: [93][trials], read and written
// Returns the mean absolute error, or -1 if there are other than whole vectors of trials.
extern "C" float train(int trials, uint32_t first, uint32_t sequences, const uint32_t* keys, float* weights, int cheap) {
    if (trials % LANES) return -1;
    double total = 0;
    for (int start = 0; start < trials; start += LANES) {
        Weights own;
        Words key[2], cheap_state[4];
        for (int i = 0; i < COUNT; i++) std::memcpy((Floats*)&own + i, weights + i * trials + start, sizeof(Floats));
        for (int i = 0; i < 2; i++) std::memcpy(&key[i], keys + i * trials + start, sizeof(Words));
        for (int i = 0; i < 4; i++) cheap_state[i] = (key[i % 2] ^ (0x9E3779B9u * (uint32_t)(i + 1 + first))) | 1u;
        for (uint32_t number = first; number < first + sequences; number++) {
            Floats draws[2 * HALF];
            Lesson lesson;
            if (cheap) draw_cheaply(cheap_state, draws);
            else draw(key, number, draws);
            prepare(draws, lesson);
            const Floats error = show(lesson, own);
            for (int lane = 0; lane < LANES; lane++) total += error[lane];
        }
        for (int i = 0; i < COUNT; i++) std::memcpy(weights + i * trials + start, (Floats*)&own + i, sizeof(Floats));
    }
    return (float)(total / trials / sequences);
}
