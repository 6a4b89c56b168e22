// Trees of small objects: search trees are built in random order, walked several times in the order
// of their keys, and torn down.
//
// After Boehm's GCBench and the binary-trees of the Computer Language Benchmarks Game. While a tree
// is built, temporary blocks come and go between its nodes. The walk shows what locality is left;
// its time is reported apart, too.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr uint64_t kTrees = 10;
constexpr uint64_t kNodes = 100'000;  // of a tree
constexpr int kWalks = 5;
constexpr size_t kMaxPayload = 40;

struct Node {
  Node* left;
  Node* right;
  uint64_t key;
  Block payload;
};

Node* NewNode(Mutator* mutator, uint64_t key) {
  Block temporary = mutator->Allocate(mutator->Between(sizeof(Node), 2 * sizeof(Node)));
  auto* node = static_cast<Node*>(mutator->AllocateObject(sizeof(Node)));
  *node = {.left = nullptr,
           .right = nullptr,
           .key = key,
           .payload = mutator->Allocate(mutator->Between(1, kMaxPayload))};
  mutator->Free(&temporary);
  return node;
}

// A search tree of random keys, so about 2.5 * log2(nodes) deep.
Node* Build(Mutator* mutator, uint64_t nodes) {
  Node* root = nullptr;
  for (uint64_t i = 0; i < nodes; ++i) {
    const uint64_t key = mutator->Random();
    Node** place = &root;
    while (*place != nullptr) place = key < (*place)->key ? &(*place)->left : &(*place)->right;
    *place = NewNode(mutator, key);
  }
  return root;
}

// What a walk in order saw.
struct Walk {
  uint64_t nodes = 0;
  uint64_t last_key = 0;
  uint64_t out_of_order = 0;
  uint64_t payload = 0;  // the sum of the payloads' first bytes, so that they are read

  void Visit(const Node* node) {
    if (node == nullptr) return;
    Visit(node->left);
    ++nodes;
    if (node->key < last_key) ++out_of_order;
    last_key = node->key;
    payload += static_cast<unsigned char>(node->payload.data[0]);
    Visit(node->right);
  }
};

void TearDown(Mutator* mutator, Node* node) {
  if (node == nullptr) return;
  TearDown(mutator, node->left);
  TearDown(mutator, node->right);
  mutator->Free(&node->payload);
  mutator->FreeObject(node);
}

}  // namespace

WorkloadResult RunTrees(const WorkloadOptions& options) {
  WorkloadResult result;
  Mutator mutator(options, 0);
  // The size, not the number, is scaled.
  const uint64_t nodes = options.Scaled(kNodes);
  uint64_t errors = 0;
  uint64_t payload = 0;
  const double begin = SecondsNow();
  for (uint64_t tree = 0; tree < kTrees; ++tree) {
    Node* root = Build(&mutator, nodes);
    const double walk_begin = SecondsNow();
    for (int i = 0; i < kWalks; ++i) {
      Walk walk;
      walk.Visit(root);
      errors += walk.out_of_order + (walk.nodes == nodes ? 0 : 1);
      payload += walk.payload;
    }
    result.walk_seconds += SecondsNow() - walk_begin;
    TearDown(&mutator, root);
  }
  result.seconds = SecondsNow() - begin;
  result.done = mutator.tally();
  result.done.errors += errors;
  result.done.checksum += payload;
  return result;
}

}  // namespace hakmem::bench
