"""Rhymes: couplets and quatrains whose lines end in words that really rhyme."""

from tinyworld.text.lexicon import tagged
from tinyworld.text.people import person
from tinyworld.text.writer import TextWriter

# Words that rhyme with one another, each with a frame that ends in it.
ENDS: tuple[tuple[str, ...], ...] = (
    (
        "[sat|slept] beside the cat",
        "put on {aadj:colour} hat",
        "stood upon the mat",
        "was frightened by a bat",
        "grew very round and fat",
    ),
    (
        "[saw|climbed] a cherry tree",
        "sailed across the sea",
        "was stung by an angry bee",
        "lost the garden key",
        "drank a cup of tea",
    ),
    (
        "[danced|sang] till late at night",
        "carried a golden light",
        "was hidden out of sight",
        "held the candle tight",
        "painted the window white",
    ),
    (
        "went walking in the rain",
        "took the early train",
        "never came back again",
        "had nothing to explain",
        "counted every grain",
    ),
    (
        "lived in a little house",
        "was friendly with a mouse",
        "wore a silken blouse",
        "went hunting for a grouse",
    ),
    (
        "was sleeping in the hay",
        "sang for half the day",
        "had nothing else to say",
        "came home the other way",
        "went dancing all through May",
    ),
    (
        "fell down into the snow",
        "watched the river flow",
        "was always rather slow",
        "saw the wild wind blow",
        "was tied up with a bow",
    ),
    (
        "baked a ginger cake",
        "rowed across the lake",
        "was suddenly awake",
        "was frightened by a snake",
        "made a great mistake",
    ),
    (
        "found a golden ring",
        "heard the robin sing",
        "was waiting for the spring",
        "had breakfast with the king",
        "tied it up with string",
    ),
    (
        "climbed up on the wall",
        "heard the cuckoo call",
        "bounced a rubber ball",
        "was very thin and tall",
        "went walking in the hall",
    ),
    (
        "was looking at the moon",
        "stirred it with a spoon",
        "hummed a merry tune",
        "will be with us soon",
        "sailed in a big balloon",
    ),
    ("[caught|cooked] a silver fish", "had only one more wish", "put it on a dish"),
    (
        "wore a woollen coat",
        "sailed a little boat",
        "was followed by a goat",
        "wrote a secret note",
        "had feathers in the throat",
    ),
    (
        "knocked upon the door",
        "swept the dusty floor",
        "was asking for some more",
        "walked along the shore",
        "counted up to four",
    ),
    (
        "grew roses by the gate",
        "was always very late",
        "ate from a silver plate",
        "could not stand and wait",
        "counted up to eight",
    ),
    (
        "went sliding down the hill",
        "sat on the window sill",
        "worked in the water mill",
        "never could stand still",
        "took a bitter pill",
    ),
    (
        "kept a pig inside the pen",
        "had a speckled hen",
        "told it all to seven men",
        "counted up to ten",
        "did it all again, and then",
    ),
    (
        "read a heavy book",
        "fished along the brook",
        "hung it on a hook",
        "was looking for a cook",
        "gave a funny look",
    ),
)
SUBJECTS = (
    "{A}, [the|our] {n:job}, ",
    "{the+:wild,bird,pet} ",
    "{a+:farm,creature} ",
    "My {n:kin} ",
    "The {n:person} ",
    "Old {A} ",
    "{A.his} {n:kin} ",
    "{the:job} I know ",
    "{the:kin} of {A} ",
    "And {A.he} ",
    "But then {A.he} ",
    "{A} ",
)


def _line(
    w: TextWriter, ending: str, sound: str, subject: str, mark: str, slots: dict[str, object]
) -> None:
    head, last = ending.rsplit(" ", 1)
    w.no_space()
    w.say(subject + head + " ", **slots)
    w.phrase(tagged(last, f"rhyme:{sound}"))
    w.add(mark)


def rhyme(w: TextWriter) -> None:
    """Write two to four verses about one person, rhymed in pairs or crosswise."""
    slots: dict[str, object] = {"A": person(w.rng)}
    if w.chance(0.5):
        w.heading(
            (
                "{the+:wild,bird}",
                "Song of {the:job}",
                "{A} and {the:pet}",
                "A rhyme for {A}",
                "{n:feeling}",
            ),
            **slots,
        )
    cross = w.chance(0.35)
    verses = w.between(1, 3)
    sounds = w.sample(ENDS, 2 * verses)
    fresh = True
    for v in range(verses):
        if v:
            w.line(blank=True)
        first, second = (w.sample(group, 2) for group in sounds[2 * v : 2 * v + 2])
        lines = (
            [(first[0], "a"), (second[0], "b"), (first[1], "a"), (second[1], "b")]
            if cross
            else [(first[0], "a"), (first[1], "a"), (second[0], "b"), (second[1], "b")]
        )
        for i, (ending, sound) in enumerate(lines):
            if i:
                w.line()
            if fresh:
                subject, fresh = "{A} ", False
            else:
                subject = w.pick(SUBJECTS)
            _line(w, ending, sound, subject, w.pick((",", ",", ";")) if i % 2 == 0 else ".", slots)
