"""Makers of small models, so that the real code that loads and runs models can be tested without any download.

Their weights are drawn at random, so what they answer says nothing of speech; but the Whisper model says what it is
told to say.
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from curation.services import RATE, Samples

PIPELINE = """\
dependencies:
  pyannote.audio: 4.0.0
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    clustering: VBxClustering
    segmentation: $model/segmentation
    segmentation_batch_size: 32
    embedding: $model/embedding
    embedding_batch_size: 32
    embedding_exclude_overlap: true
    plda: $model/plda
params:
  clustering:
    threshold: 0.6
    Fa: 0.07
    Fb: 0.8
  segmentation:
    min_duration_off: 0.0
"""
DIMENSION, REDUCED = 16, 8  # of embeddings, and of what PLDA compares


def conversation(start: float, stop: float) -> Samples:
    """Return these seconds of the conversation that comes with pyannote.audio: two people on the telephone."""
    package = find_spec("pyannote.audio")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("pyannote.audio")
    path = Path(package.submodule_search_locations[0]) / "sample" / "sample.wav"
    samples, _ = soundfile.read(path, start=round(start * RATE), stop=round(stop * RATE), dtype="float32")
    return np.asarray(samples, np.float32)


def pipeline(folder: Path) -> Path:
    """Make a folder like that of pyannote/speaker-diarization-community-1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that torchcodec finds no FFmpeg
        from pyannote.audio.core.task import Problem, Resolution, Specifications
        from pyannote.audio.models.embedding import XVectorSincNet
        from pyannote.audio.models.segmentation import PyanNet

    torch.manual_seed(0)
    lstm = {"hidden_size": 8, "num_layers": 1, "bidirectional": True, "monolithic": True}
    segmentation = PyanNet(lstm=lstm, linear={"hidden_size": 8, "num_layers": 1})
    segmentation.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=10.0,
        classes=["speaker#1", "speaker#2", "speaker#3"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    embedding = XVectorSincNet(dimension=DIMENSION)
    embedding.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=5.0, min_duration=2.0, classes=[]
    )
    _save(segmentation, folder / "segmentation")
    _save(embedding, folder / "embedding")
    _save_plda(folder / "plda")
    (folder / "config.yaml").write_text(PIPELINE, encoding="utf-8")
    return folder


def _save(model: Any, folder: Path) -> None:
    model.setup()
    checkpoint = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": version("lightning"),
        "epoch": 0,
        "global_step": 0,
    }
    model.on_save_checkpoint(checkpoint)
    folder.mkdir(parents=True)
    torch.save(checkpoint, folder / "pytorch_model.bin")


def _save_plda(folder: Path) -> None:
    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    to_reduced, within = (np.linalg.qr(random.normal(size=(rows, REDUCED)))[0] for rows in (DIMENSION, REDUCED))
    np.savez(folder / "xvec_transform.npz", mean1=np.zeros(DIMENSION), mean2=np.zeros(REDUCED), lda=to_reduced)
    np.savez(folder / "plda.npz", mu=np.zeros(REDUCED), tr=within, psi=np.linspace(2, 0.5, REDUCED))


def whisper(folder: Path, script: str, language: str) -> Path:
    """Make a Whisper model of faster-whisper that hears every sound in a language, and in it a script."""
    from ctranslate2.converters import TransformersConverter
    from faster_whisper.tokenizer import _LANGUAGE_CODES as LANGUAGES
    from transformers import GenerationConfig, PreTrainedTokenizerFast, WhisperFeatureExtractor

    tokenizer = _bytewise(LANGUAGES)
    end, start = "<|endoftext|>", "<|startoftranscript|>"
    ids = tokenizer.get_vocab()
    codes = {f"<|{code}|>": ids[f"<|{code}|>"] for code in LANGUAGES}
    said = [ids[f"<|{language}|>"], None, None, *tokenizer.encode(script, add_special_tokens=False).ids, ids[end]]
    model = _scripted(len(ids) + 1501, said, ids[end], ids[start])
    model.generation_config = GenerationConfig(
        eos_token_id=ids[end],
        decoder_start_token_id=ids[start],
        suppress_tokens=[],
        begin_suppress_tokens=[],
        lang_to_id=codes,
        alignment_heads=[[0, 0]],
        is_multilingual=True,
    )
    source = folder.with_name(f"{folder.name}-transformers")
    model.save_pretrained(source)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=end, bos_token=end, unk_token=end, pad_token=end
    ).save_pretrained(source)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(source)
    TransformersConverter(str(source), copy_files=["preprocessor_config.json"]).convert(str(folder))
    # the converter adds these to the vocabulary, and faster-whisper wants to find them in the tokenizer
    _add(tokenizer, [f"<|{0.02 * step:.2f}|>" for step in range(1501)])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _bytewise(languages: Sequence[str]) -> Any:
    """Return a tokenizer whose tokens are bytes, and those that steer Whisper."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    vocabulary = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    vocabulary[""] = len(vocabulary)  # CTranslate2 takes a model for a multilingual one by it
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    steering = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    _add(tokenizer, [f"<|{name}|>" for name in ["endoftext", "startoftranscript", *languages, *steering]])
    return tokenizer


def _add(tokenizer: Any, tokens: Sequence[str]) -> None:
    from tokenizers import AddedToken

    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in tokens])


def _scripted(size: int, said: Sequence[int | None], end: int, start: int) -> Any:
    """Return a model that says these tokens one after the other, and then the end, whatever it hears.

    Its decoder's layers add nothing, so that the embedding of a position is all that it looks at.
    """
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(0)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=size,
            d_model=16,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=32,
            decoder_ffn_dim=32,
            pad_token_id=end,
            bos_token_id=end,
            eos_token_id=end,
            decoder_start_token_id=start,
            suppress_tokens=None,
            begin_suppress_tokens=None,
        )
    )
    decoder = model.model.decoder
    with torch.no_grad():
        tokens = torch.randn_like(decoder.embed_tokens.weight)
        tokens -= tokens.mean(1, keepdim=True)
        tokens /= tokens.norm(dim=1, keepdim=True)
        decoder.embed_tokens.weight.copy_(tokens)
        for layer in decoder.layers:
            for linear in (layer.self_attn.out_proj, layer.encoder_attn.out_proj, layer.fc2):
                linear.weight.zero_()
                linear.bias.zero_()
        decoder.embed_positions.weight[:] = 100 * tokens[end]
        for position, token in enumerate(said):
            decoder.embed_positions.weight[position] = 100 * tokens[end if token is None else token]
    return model


def wav2vec2(folder: Path) -> Path:
    """Make a wav2vec2 model that knows the letters of English."""
    from transformers import Wav2Vec2CTCTokenizer, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC, Wav2Vec2Processor

    folder.mkdir(parents=True)
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ'"]
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({letter: number for number, letter in enumerate(letters)}), encoding="utf-8")
    tokenizer = Wav2Vec2CTCTokenizer(str(vocabulary))
    extractor = Wav2Vec2FeatureExtractor(sampling_rate=RATE)
    Wav2Vec2Processor(feature_extractor=extractor, tokenizer=tokenizer).save_pretrained(folder)
    torch.manual_seed(0)
    Wav2Vec2ForCTC(_smallest(vocab_size=len(letters))).save_pretrained(folder)
    return folder


def classifier(folder: Path, likely: Mapping[str, float], *, listens: bool = False) -> Path:
    """Make a wav2vec2 model of labels that are as likely as said; of one that listens what it hears moves them."""
    from transformers import Wav2Vec2FeatureExtractor, Wav2Vec2ForSequenceClassification

    torch.manual_seed(0)
    model = Wav2Vec2ForSequenceClassification(_smallest(id2label=dict(enumerate(likely))))
    with torch.no_grad():
        model.classifier.bias.copy_(torch.tensor(list(likely.values())).log())
        model.classifier.weight.mul_(20 if listens else 0)
    model.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=RATE).save_pretrained(folder)
    return folder


def _smallest(**labels: Any) -> Any:
    from transformers import Wav2Vec2Config

    return Wav2Vec2Config(
        **labels,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        classifier_proj_size=8,
    )
