"""Nouns by group. A star marks a mass noun: no article "a", no plural."""

NOUNS: dict[str, str] = {
    "fruit": "apple pear plum peach cherry grape orange lemon lime mango melon apricot fig date "
    "banana strawberry raspberry blueberry blackberry gooseberry currant quince pomegranate",
    "vegetable": "carrot onion potato tomato turnip parsnip leek cucumber pumpkin beetroot radish "
    "pepper marrow cabbage lettuce cauliflower aubergine artichoke bean pea mushroom",
    "dish": "soup stew pie omelette pancake dumpling casserole curry salad sandwich pasty "
    "risotto noodle pudding tart quiche stir-fry burrito roast lasagne",
    "sweet": "cake biscuit bun scone muffin waffle doughnut toffee lollipop brownie meringue "
    "eclair truffle jelly sorbet trifle macaroon",
    "drink": "tea* coffee* milk* cocoa* lemonade* juice* cider* water* ginger-beer* broth*",
    "staple": "bread* rice* flour* butter* cheese* sugar* honey* oil* vinegar* pasta* oatmeal* "
    "yogurt* cream* barley* jam* mustard* yeast* stock*",
    "spice": "salt* cinnamon* nutmeg* paprika* basil* thyme* parsley* mint* ginger* garlic* "
    "rosemary* saffron* cumin* vanilla* sage* oregano*",
    "pet": "cat dog rabbit hamster parrot goldfish tortoise kitten puppy canary guinea-pig ferret "
    "gerbil budgie",
    "farm": "cow horse sheep goat pig hen duck goose donkey rooster calf lamb pony ox mule turkey "
    "piglet foal llama alpaca",
    "wild": "fox wolf bear deer hare badger otter squirrel hedgehog mole beaver lynx elk moose "
    "weasel boar stoat bat mouse rat lion tiger elephant giraffe zebra monkey camel kangaroo "
    "crocodile hippo rhino leopard cheetah panda koala gazelle antelope buffalo gorilla jackal "
    "hyena mongoose armadillo porcupine sloth raccoon skunk chipmunk iguana chameleon lemur",
    "bird": "owl robin sparrow crow raven swan eagle hawk falcon heron stork pigeon dove wren "
    "magpie jay finch lark gull pelican penguin ostrich peacock kingfisher woodpecker cuckoo "
    "nightingale puffin swallow blackbird thrush flamingo",
    "sea": "whale dolphin seal shark crab lobster octopus squid jellyfish starfish oyster eel "
    "salmon trout turtle seahorse herring cod tuna shrimp mussel walrus urchin",
    "insect": "bee ant beetle butterfly moth wasp spider cricket grasshopper ladybird dragonfly "
    "fly mosquito caterpillar snail worm slug firefly termite centipede earwig",
    "reptile": "snake lizard frog toad newt gecko adder python",
    "tool": "hammer saw drill wrench chisel spade rake shovel axe ladder file clamp pulley lever "
    "screwdriver crowbar trowel anvil sickle toolbox wheelbarrow pickaxe",
    "kitchenware": "pot pan kettle bowl plate cup mug spoon fork knife jug tray oven sieve ladle "
    "whisk saucepan teapot jar colander grater spatula saucer goblet platter thermos",
    "furniture": "table chair bed desk sofa shelf cupboard stool bench wardrobe chest cabinet "
    "mirror lamp rug curtain bookcase armchair cushion mattress dresser hammock crib",
    "room": "kitchen bedroom bathroom hall attic cellar study parlour pantry library "
    "nursery workshop corridor dining-room greenhouse laundry",
    "building": "house cottage castle tower school church hospital factory museum theatre station "
    "hotel bakery shop mill barn lighthouse palace temple inn bank prison court cinema pharmacy "
    "warehouse observatory chapel cathedral bungalow cabin villa windmill post-office town-hall "
    "stadium library university workshop café",
    "outdoors": "forest river lake mountain hill valley meadow field beach island desert swamp "
    "garden park cave cliff waterfall stream pond harbour bay orchard vineyard moor canyon glacier "
    "volcano jungle plain ridge spring brook marsh dune reef lagoon quarry canal hollow glade",
    "townplace": "street road square bridge market corner crossroads alley avenue lane tunnel "
    "roundabout pavement car-park bus-stop playground fountain gate courtyard pier promenade",
    "clothing": "coat hat scarf shirt dress skirt sweater jacket glove sock shoe boot belt cap "
    "cloak apron waistcoat blouse slipper tie raincoat cardigan mitten sandal gown bonnet shawl "
    "robe tunic kilt",
    "treasure": "ring necklace bracelet brooch crown locket pendant coin medal pearl ruby emerald "
    "diamond sapphire watch compass key whistle goblet amulet earring tiara music-box telescope "
    "lantern flute map diary pocket-watch snow-globe spyglass seashell",
    "toy": "doll ball kite puzzle top marble teddy drum puppet yo-yo rattle hoop trumpet "
    "rocking-horse spinning-top jigsaw skateboard scooter toy-boat building-block",
    "instrument": "violin piano guitar flute trumpet cello harp drum clarinet oboe trombone "
    "accordion banjo tuba saxophone mandolin fiddle organ xylophone tambourine bagpipe ukulele",
    "vehicle": "car bus train tram bicycle truck van boat ship ferry canoe raft cart carriage "
    "motorcycle tractor helicopter aeroplane balloon sledge yacht ambulance taxi lorry scooter "
    "submarine barge kayak wagon",
    "flower": "rose lily tulip daisy poppy violet orchid daffodil sunflower iris bluebell snowdrop "
    "marigold lavender* peony primrose dahlia hyacinth foxglove buttercup geranium",
    "tree": "oak pine birch willow maple elm ash cedar chestnut poplar hazel beech fir cypress "
    "palm yew rowan sycamore juniper walnut",
    "material": "wood* stone* iron* silver* gold* glass* clay* wool* silk* leather* cotton* paper* "
    "copper* bronze* brick* marble* steel* linen* velvet* wax* plastic* tin* straw* cardboard*",
    "container": "box bag basket bottle sack barrel bucket crate chest drawer suitcase purse "
    "pocket "
    "envelope parcel trunk case pouch tin rucksack hamper",
    "reading": "book letter newspaper magazine notebook poem map postcard novel dictionary manual "
    "atlas leaflet poster calendar scroll chapter essay report pamphlet catalogue comic",
    "device": "phone laptop tablet camera printer speaker radio television kettle toaster blender "
    "vacuum-cleaner keyboard headset microwave dishwasher torch heater fan clock mixer projector "
    "router charger hairdryer drone monitor e-reader smartwatch coffee-machine",
    "wares": "backpack tent umbrella suitcase mattress lamp pillow saucepan knife chair blanket "
    "notebook pen jacket raincoat bicycle helmet sofa desk mug towel water-bottle sleeping-bag",
    "machine": "engine pump crane generator turbine conveyor robot loom furnace press boiler "
    "elevator lathe dynamo compressor windlass",
    "bodypart": "hand arm leg foot head knee shoulder elbow finger toe ear eye nose chin neck back "
    "wrist ankle tooth thumb cheek",
    "job": "teacher doctor nurse farmer baker carpenter sailor painter tailor engineer gardener "
    "librarian mechanic cook pilot plumber shepherd fisherman blacksmith journalist musician "
    "lawyer judge soldier scientist astronomer potter weaver miller dentist vet architect "
    "electrician firefighter postman waiter butcher clerk coach translator geologist sculptor "
    "cartographer watchmaker inventor beekeeper poet historian surgeon conductor photographer",
    "kin": "mother father sister brother aunt uncle cousin grandmother grandfather daughter son "
    "nephew niece husband wife godmother godfather twin",
    "person": "friend neighbour stranger visitor traveller customer guest pupil child passenger "
    "tourist player winner owner leader witness volunteer villager thief hero giant king queen "
    "prince princess knight wizard pirate hermit beggar merchant mayor captain",
    "event": "party wedding festival concert meeting fair picnic parade race match exhibition "
    "ceremony market feast trip holiday birthday competition auction rehearsal funeral lecture "
    "reunion carnival voyage expedition",
    "feeling": "joy* sadness* anger* fear* hope* pride* envy* shame* relief* boredom* love* "
    "gratitude* loneliness* curiosity* courage* patience* kindness* excitement* worry* surprise* "
    "grief* delight* regret* trust* doubt* calm*",
    "quality": "honesty* wisdom* beauty* strength* freedom* justice* luck* silence* wealth* "
    "health* "
    "peace* truth* friendship* youth* knowledge* loyalty* humour* generosity* discipline*",
    "subject": "history* geography* mathematics* music* physics* chemistry* biology* poetry* "
    "painting* astronomy* botany* gymnastics* grammar* drama* pottery* carpentry* philosophy*",
    "sport": "football* tennis* cricket* hockey* rugby* basketball* volleyball* handball* "
    "water-polo* badminton*",
    "shape": "circle square triangle rectangle hexagon oval star diamond cube sphere cone cylinder "
    "spiral pentagon pyramid",
    "weather": "rain* snow* wind* fog* hail* thunder* lightning* sunshine* frost* mist* sleet* "
    "drizzle*",
    "sky": "storm cloud rainbow breeze shower gale blizzard thunderstorm heatwave sunbeam "
    "snowflake "
    "whirlwind hurricane",
    "space": "star planet moon comet rocket satellite asteroid telescope galaxy eclipse meteor "
    "astronaut",
    "idea": "plan secret problem answer question mistake promise rule story dream chance reason "
    "lesson choice habit riddle clue message idea memory wish warning excuse argument opinion "
    "rumour legend joke surprise solution decision difference",
    "noise": "knock whistle bang whisper shout crash bell laugh cry rumble creak song footstep "
    "howl splash hiss buzz thud rattle",
    "creature": "dragon unicorn griffin troll goblin elf phoenix mermaid ogre sprite gnome",
    "office": "pencil pen stapler folder printer eraser ruler stamp envelope paperclip notebook "
    "calculator whiteboard marker binder label",
    "household": "soap* candle towel broom bucket sponge match toothbrush comb battery needle "
    "thread* "
    "string* glue* brush duster light-bulb matchbox clothes-peg dustpan",
}
# Which adjective groups suit which nouns; the default suits any thing.
ADJECTIVES_FOR: dict[str, tuple[str, ...]] = {
    "fruit": ("taste", "freshness", "smallsize"),
    "vegetable": ("freshness", "smallsize"),
    "dish": ("taste", "heat", "evaluation"),
    "sweet": ("taste", "evaluation"),
    "drink": ("heat", "taste"),
    "staple": ("freshness", "evaluation"),
    "spice": ("freshness",),
    "weather": ("force",),
    "sky": ("force",),
    "feeling": ("intensity",),
    "quality": ("intensity",),
    "subject": ("interest",),
    "sport": ("interest",),
    "idea": ("interest", "moral"),
    "event": ("interest", "intensity"),
    "noise": ("sound",),
    "job": ("character", "age"),
    "kin": ("character",),
    "person": ("character", "mood"),
    "creature": ("character", "size", "colour"),
    "pet": ("character", "animal", "animalcolour"),
    "farm": ("animal", "animalcolour", "size"),
    "wild": ("animal", "size", "character"),
    "bird": ("animal", "animalcolour", "smallsize"),
    "sea": ("animal", "size"),
    "insect": ("smallsize", "animal"),
    "reptile": ("animal",),
    "building": ("size", "age", "condition"),
    "outdoors": ("landscape", "size"),
    "townplace": ("age", "traffic"),
    "room": ("size", "tidy"),
    "material": ("texture", "condition"),
    "clothing": ("colour", "texture", "condition", "pattern"),
    "treasure": ("condition", "value", "colour"),
    "space": ("sizeup", "value"),
    "flower": ("colour", "freshness"),
    "tree": ("age", "size"),
    "reading": ("interest", "age"),
    "bodypart": ("sizeup",),
    "shape": ("colour", "size"),
}
DEFAULT_ADJECTIVES = ("size", "colour", "age", "condition", "evaluation")
