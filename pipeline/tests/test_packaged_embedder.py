"""The embedder that comes inside a package."""

import numpy as np
import pytest

from pipeline.errors import ProviderError
from pipeline.providers.packaged_embedder import PackagedEmbedder


def cosine(one, other):
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_what_means_the_same_is_nearer_than_what_does_not():
    tea, coffee, knee = PackagedEmbedder().embed(["a cup of tea", "a mug of coffee", "my knee is swollen"])
    assert cosine(tea, coffee) > cosine(tea, knee) + 0.2


def test_a_text_has_the_same_vector_alone_and_among_others():
    embedder = PackagedEmbedder()
    alone = embedder.embed(["chest pain"])
    among = embedder.embed(["", "chest pain", "a much longer sentence about something else altogether"])
    np.testing.assert_array_equal(alone[0], among[1])
    assert not among[0].any()
    assert among.shape == (3, embedder.dimension)


def test_its_fingerprint_is_that_of_its_files(tmp_path):
    for name in ("weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"other")
    assert PackagedEmbedder().fingerprint() == PackagedEmbedder().fingerprint()
    assert PackagedEmbedder(tmp_path).fingerprint() != PackagedEmbedder().fingerprint()


def test_without_its_files_it_says_which(tmp_path):
    with pytest.raises(ProviderError) as refusal:
        PackagedEmbedder(tmp_path).embed(["anything"])
    assert "l2_supercat" in refusal.value.detail
    assert str(tmp_path) not in refusal.value.message
