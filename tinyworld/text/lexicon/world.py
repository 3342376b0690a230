"""The facts of TinyWorld: a fixed table, the same in every document and for every seed."""

from typing import NamedTuple


class Country(NamedTuple):
    """One invented country and what is true of it."""

    name: str
    adjective: str
    capital: str
    animal: str
    colour: str
    currency: str
    river: str
    language: str
    dish: str
    region: str
    founder: str
    """A full name; the first name stands in the table of names, so its gender is known."""


COUNTRIES = tuple(
    Country(*line.split("|"))
    for line in """
Arvela|Arvelan|Tolmar|otter|blue|florin|Senna|Arvic|onion soup|north|Greta Holt
Belmora|Belmoran|Quist|eagle|red|crown|Druva|Belmor|plum dumplings|south|Otto Vance
Cardania|Cardanian|Ravensk|bear|green|mark|Olda|Cardish|fish stew|east|Clara Reed
Dorvia|Dorvian|Lanth|fox|yellow|dorin|Mirna|Dorvish|apple tart|west|Felix Thorne
Elantia|Elantian|Port Sable|dolphin|white|shell|Kesh|Elant|seaweed rice|coast|Nora Wells
Fennmark|Fennish|Gorsby|heron|grey|penning|Lower Tay|Fennic|eel pie|north|Hugo Marsh
Galdoro|Galdoran|Sunhaven|lion|gold|sol|Ambra|Galdor|lemon chicken|south|Lucia Ortega
Hestia|Hestian|Pellgrad|horse|brown|hesper|Varn|Hestic|barley bread|east|Karl Slate
Istria Minor|Istrian|Calvo|goat|orange|lira|Zette|Istric|goat cheese|west|Ada Cole
Jorland|Jorlander|Wickholm|elk|purple|jor|Skell|Jorish|smoked elk|north|Sven Norden
Kestria|Kestrian|Mandalar|falcon|crimson|rupal|Indra|Kestri|pepper curry|east|Mara Vale
Lumeria|Lumerian|Oldlight|firefly|silver|lumen|Glow|Lumer|mushroom pie|coast|Emil Quill
Morvath|Morvathian|Black Keep|raven|black|skull|Ash|Morvic|beet soup|north|Wanda Knox
Nerida|Neridan|Coral Bay|turtle|turquoise|pearl|Lagoona|Nerid|crab cakes|coast|Theo Drake
Ostavia|Ostavian|Brenn|wolf|scarlet|thaler|Upper Morn|Ostavic|cabbage rolls|east|Ruth Keller
Pallas|Pallasian|Archon|owl|violet|drach|Lethe|Pallic|olive bread|south|Victor Hale
Quorra|Quorran|Zimbeth|camel|beige|dinar|Wadi Sur|Quorric|date cakes|south|Yara Finch
Rosmere|Rosmeran|Thornwall|swan|pink|guilder|Petal|Rosmic|rose jelly|west|Arthur Penrose
Sundara|Sundaran|Peacock City|peacock|emerald|anna|Mani|Sundari|mango pudding|south|Nina Lark
Tavania|Tavanian|Kilder|badger|amber|tav|Burrow|Tavic|honey cake|west|Max Tanner
Umbria Nova|Umbrian|Duskford|bat|indigo|shade|Gloam|Umbric|walnut bread|north|Ida Winter
Veldt|Veldtish|Longgrass|zebra|khaki|rand|Dry Fork|Veldic|corn porridge|south|Samuel Forde
Westmark|Westmarker|Harbourgate|seal|navy|pound|Tamber|Westish|oyster pie|coast|Edda Brook
Yslandia|Yslander|Frosthaven|penguin|ice-blue|krona|Glacis|Yslandic|herring salad|north|Magnus Ward
""".strip().splitlines()
)

ANIMAL_FACTS = tuple(
    tuple(line.split("|"))
    for line in """
otter|river|fish|pup|whistles|4
eagle|mountains|hares|eaglet|screams|2
bear|forest|honey|cub|growls|4
fox|woods|mice|kit|barks|4
dolphin|sea|fish|calf|clicks|0
heron|marsh|frogs|chick|croaks|2
lion|plains|zebras|cub|roars|4
horse|meadow|grass|foal|neighs|4
goat|hills|shrubs|kid|bleats|4
elk|forest|leaves|calf|bellows|4
falcon|cliffs|pigeons|chick|screeches|2
firefly|meadow|nectar|larva|glows|6
raven|tower|scraps|chick|croaks|2
turtle|lagoon|seaweed|hatchling|hisses|4
wolf|forest|deer|pup|howls|4
owl|barn|mice|owlet|hoots|2
camel|desert|thorns|calf|grunts|4
swan|lake|weeds|cygnet|honks|2
peacock|gardens|seeds|peachick|calls|2
badger|burrow|worms|cub|snuffles|4
bat|cave|moths|pup|squeaks|2
zebra|plains|grass|foal|whinnies|4
seal|sea|herring|pup|barks|0
penguin|ice|krill|chick|squawks|2
cow|field|grass|calf|moos|4
dog|house|meat|puppy|barks|4
cat|house|mice|kitten|meows|4
sheep|field|grass|lamb|bleats|4
pig|sty|roots|piglet|grunts|4
duck|pond|weeds|duckling|quacks|2
frog|pond|flies|tadpole|croaks|4
bee|hive|nectar|larva|buzzes|6
spider|web|flies|spiderling|creeps|8
ant|hill|crumbs|larva|marches|6
""".strip().splitlines()
)
"""(animal, home, food, young, sound, legs)"""

THING_COLOURS = tuple(
    tuple(line.split("|"))
    for line in """
grass|green
snow|white
coal|black
blood|red
a lemon|yellow
a carrot|orange
the sky at noon|blue
a ripe plum|purple
chocolate|brown
an elephant|grey
milk|white
an emerald|green
a ruby|red
a sapphire|blue
a flamingo|pink
a ripe banana|yellow
""".strip().splitlines()
)
OPPOSITES = tuple(
    tuple(pair.split("|"))
    for pair in [
        "hot|cold",
        "big|small",
        "tall|short",
        "old|young",
        "fast|slow",
        "light|dark",
        "wet|dry",
        "hard|soft",
        "full|empty",
        "rich|poor",
        "happy|sad",
        "clean|dirty",
        "open|closed",
        "early|late",
        "strong|weak",
        "loud|quiet",
        "brave|afraid",
        "cheap|expensive",
        "sweet|bitter",
        "thick|thin",
        "deep|shallow",
        "rough|smooth",
        "true|false",
        "first|last",
        "wide|narrow",
        "sharp|blunt",
        "heavy|weightless",
        "guilty|innocent",
    ]
)
DEFINITIONS = tuple(
    tuple(line.split("|"))
    for line in """
hammer|tool|drives nails
saw|tool|cuts wood
kettle|vessel|boils water
compass|instrument|shows the north
clock|machine|tells the time
telescope|instrument|makes far things look near
lantern|lamp|lights the way
bridge|structure|carries a road over water
lighthouse|tower|warns ships of rocks
oven|machine|bakes bread
umbrella|cover|keeps off the rain
ladder|tool|helps people climb
spade|tool|digs earth
sieve|tool|separates lumps from flour
thermometer|instrument|measures heat
anchor|weight|holds a ship in place
needle|tool|carries thread through cloth
pulley|machine|lifts heavy loads
dictionary|book|explains words
atlas|book|holds maps
calendar|table|shows the days of the year
mirror|glass|shows your face
whistle|pipe|makes a shrill sound
violin|instrument|makes music with four strings
drum|instrument|makes music when it is struck
piano|instrument|makes music with keys
baker|person|makes bread
tailor|person|makes clothes
shepherd|person|looks after sheep
carpenter|person|makes things of wood
librarian|person|looks after books
pilot|person|flies aeroplanes
potter|person|makes pots of clay
dentist|person|looks after teeth
astronomer|person|studies the stars
judge|person|decides in court
glacier|river of ice|moves very slowly
volcano|mountain|spits fire and ash
island|piece of land|lies in the middle of water
desert|region|gets almost no rain
harbour|place|shelters ships
orchard|garden|grows fruit trees
stable|building|shelters horses
bakery|shop|sells bread
pharmacy|shop|sells medicine
museum|building|keeps old and precious things
library|building|lends books
sail|sheet of cloth|catches the wind
""".strip().splitlines()
)
"""(thing, kind of thing, what it does)"""
CATEGORY_OF = {
    "fruit": "fruit",
    "vegetable": "vegetable",
    "bird": "bird",
    "insect": "insect",
    "tool": "tool",
    "instrument": "musical instrument",
    "vehicle": "vehicle",
    "flower": "flower",
    "tree": "tree",
    "clothing": "piece of clothing",
    "furniture": "piece of furniture",
    "shape": "shape",
}
