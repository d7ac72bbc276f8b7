"""How an English word that no dictionary has is pronounced, judged by its letters: roughly, as aligning asks for."""

import re
from functools import cache

# From left to right, the first pattern that fits takes its letters and gives their phones, those of the CMU Pronouncing
# Dictionary without stress. + asks for one consonant and an ending that makes the vowel before it long.
# Of 20 000 words of that dictionary 31 % come out exactly, and 20 % of the phones are other ones.
_RULES = r"""
^kn:N; ^gn:N; ^pn:N; ^ps:S; ^wr:R; ^who:HH UW; ^mc:M AH K; ^x:Z; ^y(?=[aeiou]):Y
tion:SH AH N; ssion:SH AH N; sion:ZH AH N; cian:SH AH N; [tc]ious:SH AH S; ous$:AH S; [tc]ial:SH AH L; ture(?=s?$):CH ER
(?<=..)age$:IH JH; (?<=[^aeiouy])le(?=s?$):AH L; less$:L AH S; ness$:N AH S; ment(?=s?$):M AH N T; ing(?=s?$):IH NG
(?<=[td])ed$:IH D; (?<=[pkfsxh])ed$:T; (?<=..)ed$:D; (?<=[sxzcg])es$:IH Z; (?<=[cs]h)es$:IH Z; (?<=[^aeiouy])es$:Z
tch:CH; sch:SH; ch(?=[rl]):K; ch:CH; sh:SH; ph:F; th:TH; ck:K; dge:JH; igh:AY; eigh:EY; aigh:EY; [ao]ugh:AO; gh(?=.):G
gh:; ng$:NG; n(?=[gk][^eiy]):NG; n(?=k):NG; mb$:M; cc(?=[eiy]):K S; qu:K W; sc(?=[eiy]):S; c(?=[eiy]):S; g(?=[eiy]):JH
([bdfgklmnprstz])(?=\1):; cc:K; vv:V; wh:W; zh:ZH; kh:K; dh:D; bh:B; x:K S; c:K; q:K; g:G; j:JH
air:EH R; are$:EH R; ear:IH R; eer:IH R; ier:IY ER; our:AO R; oor:AO R; oar:AO R; ore:AO R; ire:AY ER; ure:Y UH R
eau:OW; ai:EY; ay:EY; au:AO; aw:AO; aa:AA; ae:EY; ea:IY; ee:IY; ei:AY; ey$:IY; ey:EY; eu:UW; ew:UW; ie:IY; ia:IY AH
a(?=tion):EY; o(?=tion):OW; io:IY OW; oa:OW; oe:OW; oi:OY; oy:OY; oo:UW; ou:AW; ow$:OW; ow:AW; ui:UW
ue$:UW; ua:W AA; uy:AY
al(?=[kdl]):AO L; war:W AO R; wa(?=[nts]):W AA; ar:AA R; er:ER; ir:ER; or:AO R; ur:ER; yr:IH R
a+:EY; e+:IY; i+:AY; o+:OW; u+:UW; y+:AY; (?<=^.)e$:IY; (?<=^..)e$:IY; (?<=.)e$:; (?<=^.)y$:AY; (?<=^..)y$:AY; ^y:Y
a$:AH; i$:IY; o$:OW; u$:UW; y$:IY; a:AE; e:EH; i:IH; o:AA; u:AH; y:IH
(?<=[aeioubdglmnrvwy])s$:Z; b:B; d:D; f:F; h:HH; k:K; l:L; m:M; n:N; p:P; r:R; s:S; t:T; v:V; w:W; z:Z
"""
_LONG = "(?=[^aeiouywxr](e[sd]?$|ing$|ers?$|y$))"
_NAMES = """
a:EY; b:B IY; c:S IY; d:D IY; e:IY; f:EH F; g:JH IY; h:EY CH; i:AY; j:JH EY; k:K EY; l:EH L; m:EH M; n:EH N; o:OW
p:P IY; q:K Y UW; r:AA R; s:EH S; t:T IY; u:Y UW; v:V IY; w:D AH B AH L Y UW; x:EH K S; y:W AY; z:Z IY
"""


@cache
def _compiled(rules: str) -> list[tuple[re.Pattern[str], str]]:
    parted = (rule.strip().rpartition(":") for rule in rules.strip().replace("\n", ";").split(";"))
    return [(re.compile(pattern.replace("+", _LONG)), phones) for pattern, _, phones in parted]


def pronunciation(word: str) -> str:
    """Return the phones, parted by spaces, of a word in the letters a to z; without a vowel it is spelt out."""
    rules = _compiled(_RULES if re.search("[aeiouy]", word) else _NAMES)
    phones: list[str] = []
    place = 0
    while place < len(word):
        found, sounds = next((found, sounds) for pattern, sounds in rules if (found := pattern.match(word, place)))
        place = found.end()
        phones += sounds.split()
    return " ".join(phones)
